import type { Clock } from '@ibkit/clock';
import { SystemError, brokerError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { SessionPort, Subscription, SubscriptionSpec } from '../connection-port.js';
import { requestIdOf } from './request-ids.js';
import type { RequestIds } from './request-ids.js';
import { failsRequest } from './request-registry.js';
import type { NoticeOutcome } from './request-registry.js';
import type { StreamActivity } from '../watchdog/stream-silence.js';

export interface SubscriptionRegistryOptions {
  readonly clock: Clock;
  readonly ids: RequestIds;
  /** What a callback of a subscription threw. */
  readonly onCallbackError: (error: unknown) => void;
}

/** Why and since when streams are without data. */
export interface Interruption {
  readonly fromMs: number;
  readonly reason: string;
}

/** One request of a subscription on one session. */
interface Line {
  readonly id: number;
  readonly session: SessionPort;
  readonly takeBack: AbortController;
  sent: boolean;
  /** Resolves with whether it was sent, once that is certain. */
  outcome: Promise<boolean>;
}

interface Entry {
  readonly id: number;
  messages: number;
  readonly spec: SubscriptionSpec;
  status: Subscription['status'];
  line: Line | undefined;
  /** Set from an interruption until data flows again; the first of several in a row counts. */
  interruption: Interruption | undefined;
}

/**
 * The streams that should exist. They outlive sessions: each ready session gets all of them again, with fresh request ids,
 * session settings first, paced by the limiter; the first data after an interruption is preceded by its gap.
 */
export class SubscriptionRegistry {
  readonly #clock: Clock;
  readonly #ids: RequestIds;
  readonly #onCallbackError: (error: unknown) => void;
  readonly #entries = new Set<Entry>();
  readonly #byId = new Map<number, Entry>();
  /** Lines of this session that the gateway said it has lost (1101), by their ids. */
  #lost: ReadonlyMap<number, SubscriptionSpec> = new Map();
  #session: SessionPort | undefined;
  #lastEntryId = 0;

  constructor(options: SubscriptionRegistryOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#onCallbackError = options.onCallbackError;
  }

  /** How many streams should exist. */
  get size(): number {
    return this.#entries.size;
  }

  /** Every stream that should exist, with how much it has said. */
  get activity(): readonly StreamActivity[] {
    return [...this.#entries].map(({ id, messages, status, spec }) => ({ id, messages, status, name: spec.name }));
  }

  /** Declares a stream. It is requested at once when a session is ready, else on the next one. */
  subscribe(spec: SubscriptionSpec): Subscription {
    this.#lastEntryId += 1;
    const entry: Entry = { id: this.#lastEntryId, messages: 0, spec, status: 'pending', line: undefined, interruption: undefined };
    this.#entries.add(entry);
    if (this.#session !== undefined) this.#request(entry, this.#session);
    const close = (): Promise<void> => this.#close(entry);
    return {
      get status() {
        return entry.status;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  /** A session is ready: request everything. */
  sessionReady(session: SessionPort): void {
    this.#session = session;
    this.#requestAll(session);
  }

  /** The session is gone, and every line with it. */
  sessionEnded(interruption: Interruption): void {
    this.#session = undefined;
    this.#lost = new Map();
    for (const entry of this.#entries) this.#interrupt(entry, interruption);
  }

  /** The gateway lost every stream but the session lives (1101): request everything again, under fresh ids. */
  resubscribe(interruption: Interruption): void {
    const session = this.#session;
    if (session === undefined) return;
    // No cancels: the gateway does not know the old ids any more, and each would only cost a slot of the limiter. A request that was on its way
    // when the notice came lives on, though, and shows by its data.
    this.#lost = new Map([...this.#byId].map(([id, { spec }]) => [id, spec]));
    for (const entry of this.#entries) this.#interrupt(entry, interruption);
    this.#requestAll(session);
  }

  /** Hands a message to the stream whose present id it carries. */
  dispatch(message: ServerMessage, id: number | undefined = requestIdOf(message)): NoticeOutcome {
    const entry = id === undefined ? undefined : this.#byId.get(id);
    if (entry === undefined) {
      if (id !== undefined && message.type !== 'errMsg') this.#cancelSurvivor(id);
      return 'unclaimed';
    }
    try {
      this.#receive(entry, message);
    } catch (error) {
      this.#onCallbackError(error);
    }
    return 'claimed';
  }

  /** Ends every stream, as when the connection is closed for good. */
  closeAll(): void {
    for (const entry of [...this.#entries]) this.#end(entry, undefined);
  }

  #requestAll(session: SessionPort): void {
    const entries = [...this.#entries];
    for (const entry of entries) if (entry.spec.restoreFirst === true) this.#request(entry, session);
    for (const entry of entries) if (entry.spec.restoreFirst !== true) this.#request(entry, session);
  }

  #request(entry: Entry, session: SessionPort): void {
    // A callback of an earlier one in the list may have closed this one.
    if (entry.status === 'ended' || entry.line !== undefined) return;
    const line: Line = { id: this.#ids.next(), session, takeBack: new AbortController(), sent: false, outcome: Promise.resolve(false) };
    entry.line = line;
    this.#byId.set(line.id, entry);
    line.outcome = this.#send(entry, line).then(
      () => {
        line.sent = true;
        if (entry.line === line) entry.status = 'active';
        return true;
      },
      (error: unknown) => {
        this.#sendFailed(entry, line, error);
        return false;
      },
    );
  }

  #sendFailed(entry: Entry, line: Line, error: unknown): void {
    if (entry.line !== line) return;
    // The end of the session interrupts the stream by itself; anything else, such as a value that cannot be encoded, ends it.
    if (isIbkrError(error) && error.code === 'IBKR_SESSION_CLOSED') return;
    this.#end(entry, isIbkrError(error) ? error : requestFault(entry.spec.name, error));
  }

  async #send(entry: Entry, line: Line): Promise<void> {
    const { spec } = entry;
    await line.session.send(spec.build(line.id), { lane: spec.lane ?? 'data', signal: line.takeBack.signal });
  }

  #receive(entry: Entry, message: ServerMessage): void {
    const { spec } = entry;
    if (message.type === 'errMsg') {
      const verdict = spec.onNotice?.(message) ?? (failsRequest(message) ? 'end' : 'ignore');
      if (verdict === 'end') {
        this.#end(entry, brokerError({ code: message.code, message: message.msg, id: message.id, context: spec.name }));
        return;
      }
    } else {
      entry.messages += 1;
      this.#dataFlows(entry);
    }
    spec.receive(message);
  }

  #dataFlows(entry: Entry): void {
    const { interruption, spec } = entry;
    // An answer can be read before the operating system has reported our write.
    entry.status = 'active';
    if (interruption === undefined) return;
    entry.interruption = undefined;
    this.#call(() => spec.onGap?.({ fromMs: interruption.fromMs, toMs: this.#clock.now(), reason: interruption.reason }));
    this.#call(() => spec.onRestored?.());
  }

  /** Cancels a line of before a 1101 that still brings data: its stream has another one by now. */
  #cancelSurvivor(id: number): void {
    const spec = this.#lost.get(id);
    if (spec === undefined) return;
    this.#lost = new Map([...this.#lost].filter(([other]) => other !== id));
    this.#session?.send(spec.cancel(id), { lane: spec.lane ?? 'data' }).catch(() => {
      // The session is gone and the line with it.
    });
  }

  #interrupt(entry: Entry, interruption: Interruption): void {
    const { line } = entry;
    if (line === undefined) return;
    this.#dropLine(entry, line);
    if (!line.sent && entry.status === 'pending') return;
    entry.status = 'interrupted';
    entry.interruption ??= interruption;
  }

  #dropLine(entry: Entry, line: Line): void {
    this.#byId.delete(line.id);
    entry.line = undefined;
    if (!line.sent) line.takeBack.abort();
  }

  async #close(entry: Entry): Promise<void> {
    const { line, spec } = entry;
    if (entry.status === 'ended') return;
    this.#end(entry, undefined);
    if (line === undefined) return;
    // A write that is under way cannot be taken back: whatever was sent in the end is cancelled. What was sent is cancelled in this very turn:
    // a stream that is asked for next must not pass the cancel that makes room for it.
    if (!line.sent && !(await line.outcome)) return;
    try {
      await line.session.send(spec.cancel(line.id), { lane: spec.lane ?? 'data' });
    } catch {
      // The session is gone and the stream with it: there is nothing left to cancel.
    }
  }

  #end(entry: Entry, error: IbkrError | undefined): void {
    if (entry.status === 'ended') return;
    entry.status = 'ended';
    this.#entries.delete(entry);
    if (entry.line !== undefined) this.#dropLine(entry, entry.line);
    this.#call(() => entry.spec.onEnd?.(error));
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#onCallbackError(error);
    }
  }
}

function requestFault(name: string, cause: unknown): IbkrError {
  return new SystemError({
    code: 'IBKR_SUBSCRIPTION_FAULT',
    message: `${name}: the request could not be made: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  });
}
