import { IbkrError } from '@ibkit/error-codes';

/** A stream with overflow `fail` was read too slowly: its buffer was full when another event came. Code `IBKR_STREAM_OVERFLOW`. */
export class StreamOverflowError extends IbkrError {
  static {
    // On the prototype and written out: the stack shows it, and minifiers may rename the class.
    Object.defineProperty(this.prototype, 'name', { value: 'StreamOverflowError', configurable: true, writable: true });
  }

  constructor(options: { readonly type: string; readonly capacity: number }) {
    super({
      code: 'IBKR_STREAM_OVERFLOW',
      message:
        `The stream of "${options.type}" ended: its consumer left ${options.capacity} events unread and another one came. ` +
        `Read faster, give the stream a larger capacity, or use overflow "dropOldest" if the next event replaces an older one.`,
      details: { type: options.type, capacity: options.capacity },
    });
  }
}

/** The bus was closed, so the awaited event can no longer come. Code `IBKR_EVENT_BUS_CLOSED`. */
export class EventBusClosedError extends IbkrError {
  static {
    // On the prototype and written out: the stack shows it, and minifiers may rename the class.
    Object.defineProperty(this.prototype, 'name', { value: 'EventBusClosedError', configurable: true, writable: true });
  }

  constructor(options: { readonly type: string }) {
    super({
      code: 'IBKR_EVENT_BUS_CLOSED',
      message: `The event bus was closed while "${options.type}" was awaited: no more events come. Stop waiting, or wait on a new bus.`,
      details: { type: options.type },
    });
  }
}
