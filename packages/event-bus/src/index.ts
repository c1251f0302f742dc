export { EventBusClosedError, StreamOverflowError } from './bus-errors.js';
export { DEFAULT_STREAM_CAPACITY, EventBus } from './event-bus.js';
export type { EventBusOptions, EventListener, EventName, OnceOptions, StreamOptions, Unsubscribe } from './event-bus.js';
export type { EventStream, StreamOverflow } from './event-stream.js';
