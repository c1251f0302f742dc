import type { IBApi } from '@stoqey/ib';
import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';

/** A listener of any event. */
export type ApiListener = (...args: unknown[]) => void;

/** Who listens to one event. */
export interface EventSlot {
  readonly name: EventName;
  /** Whether anybody does. */
  heard: boolean;
  /** The listener, when there is exactly one and it can be called without the emitter: no `once`, no context of its own. */
  sole: ApiListener | undefined;
}

const ADDING = ['on', 'addListener', 'once'] as const;
const REMOVING = ['off', 'removeListener', 'removeAllListeners'] as const;

/**
 * Knows who listens to a face, so that nothing is made for nobody, and asks only when that changes: asking the emitter for every
 * message would cost more than reading the message. It watches the methods that add and remove listeners, and an `emit` that somebody
 * puts in place of the emitter's own, which counts as listening to everything.
 */
export class ApiListeners {
  /** Whether anybody listens to anything. */
  any = false;
  /** Whether somebody wants the fields of every frame. */
  received = false;
  readonly #api: IBApi;
  readonly #slots: EventSlot[] = [];
  /** Events with listeners that only the emitter can call. */
  readonly #indirect = new Set<unknown>();
  #emitReplaced = false;
  #tapped = false;

  constructor(api: IBApi) {
    this.#api = api;
    for (const method of ADDING) this.#watch(method);
    for (const method of REMOVING) this.#watch(method);
    this.#watchEmit();
    this.#refresh();
  }

  /** The slot of an event, kept up to date from now on. */
  slot(name: EventName): EventSlot {
    const slot: EventSlot = { name, heard: false, sole: undefined };
    this.#slots.push(slot);
    this.#refreshSlot(slot);
    return slot;
  }

  /** Whether somebody listens to every event: `all`, `result`, or an `emit` of his own. */
  isTapped(): boolean {
    return this.#tapped;
  }

  /** Whether somebody gets to know of an event. */
  hears(name: EventName): boolean {
    return this.#emitReplaced || this.#api.listenerCount(name) > 0 || this.#api.listenerCount(EventName.all) > 0;
  }

  #watch(method: (typeof ADDING)[number] | (typeof REMOVING)[number]): void {
    const original: unknown = Reflect.get(this.#api, method);
    if (typeof original !== 'function') throw new TypeError(`the emitter of @stoqey/ib has no method ${method}`);
    const watched = (...args: unknown[]): unknown => {
      const [name, , context] = args;
      if (method === 'once' || (context !== undefined && method !== 'off' && method !== 'removeListener')) this.#indirect.add(name);
      const result: unknown = Reflect.apply(original, this.#api, args);
      this.#refresh();
      return result;
    };
    Object.defineProperty(this.#api, method, { value: watched, writable: true, configurable: true });
  }

  #watchEmit(): void {
    let current: unknown = Reflect.get(this.#api, 'emit');
    Object.defineProperty(this.#api, 'emit', {
      configurable: true,
      get: () => current,
      set: (replacement: unknown) => {
        current = replacement;
        this.#emitReplaced = true;
        this.#refresh();
      },
    });
  }

  #refresh(): void {
    const api = this.#api;
    this.any = this.#emitReplaced || api.eventNames().length > 0;
    this.#tapped = this.#emitReplaced || api.listenerCount(EventName.all) > 0 || api.listenerCount(EventName.result) > 0;
    this.received = this.hears(EventName.received);
    for (const slot of this.#slots) this.#refreshSlot(slot);
  }

  #refreshSlot(slot: EventSlot): void {
    const listeners: readonly ApiListener[] = this.#api.listeners(slot.name);
    if (listeners.length === 0) this.#indirect.delete(slot.name);
    slot.heard = listeners.length > 0;
    slot.sole = listeners.length === 1 && !this.#indirect.has(slot.name) ? listeners[0] : undefined;
  }
}
