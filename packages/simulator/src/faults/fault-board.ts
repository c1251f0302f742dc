import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { ClientSession } from '../server/client-session.js';
import type { OutputShape } from '../server/shaped-output.js';
import { isRecord } from '../control/rules.js';
import { definitionOf } from './catalogue.js';
import type { SimulatorFault } from './catalogue.js';
import type { FaultDefinition, FaultEffect, FaultHost, OrderCallback, OutgoingFrame } from './fault.js';
import type { Triggers } from './triggers.js';

/** What the board needs of the simulator; the board adds the rest of {@link FaultHost}. */
export type FaultGround = Omit<FaultHost, 'later' | 'endFaults' | 'clock'>;

/** Options of a {@link FaultBoard}. */
export interface FaultBoardOptions {
  /** Real time. */
  readonly clock: Clock;
  readonly ground: FaultGround;
  readonly triggers: Triggers;
  /** Something has changed that the server must look at: whether its port is closed, how bytes leave. */
  readonly onChange: () => void;
}

/** A fault that waits for its moment or is on. */
export interface FaultState {
  readonly id: string;
  readonly status: 'waiting' | 'active';
  readonly fault: SimulatorFault;
}

/** Ends the fault, or gives up waiting for it. Calling it again does nothing. */
export interface InjectedFault {
  (): void;
  /** Names the fault for `clearFaults` and in `state()`. */
  readonly id: string;
}

interface Entry {
  readonly id: string;
  readonly fault: SimulatorFault;
  readonly definition: FaultDefinition;
  effect: FaultEffect | undefined;
  /** Gives up waiting, or the time limit. */
  cancel: () => void;
}

/** More faults than this at a time are a mistake of whoever injects them. */
const MOST_FAULTS = 10_000;

/** Every fault that waits or is on, and the points at which they step in. Without faults each point costs one look at an empty list. */
export class FaultBoard {
  readonly #options: FaultBoardOptions;
  readonly #host: FaultHost;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Set<() => void>();
  /** The effects that are on, in the order in which they began. Replaced, never changed: it may be walked while a fault ends. */
  #effects: readonly FaultEffect[] = [];
  #nextId = 1;
  #closed = false;

  constructor(options: FaultBoardOptions) {
    this.#options = options;
    this.#host = {
      ...options.ground,
      clock: options.clock,
      later: (delayMs, action) => this.#later(delayMs, action),
      endFaults: (type, fits) => this.#endWhere((entry) => entry.effect !== undefined && entry.fault.type === type && isRecord(entry.fault) && fits(entry.fault)),
    };
  }

  /** The faults that wait or are on, oldest first. */
  get faults(): readonly FaultState[] {
    return [...this.#entries.values()].map(({ id, fault, effect }) => ({ id, status: effect === undefined ? 'waiting' : 'active', fault }));
  }

  /** @throws UsageError that names field, value and rule; then nothing has begun. */
  inject(fault: SimulatorFault): InjectedFault {
    const definition = definitionOf(fault);
    if (this.#entries.size >= MOST_FAULTS) throw new UsageError({ field: 'faults', value: this.#entries.size, rule: `must not be more than ${MOST_FAULTS} at a time: end some first` });
    const id = `f${this.#nextId}`;
    this.#nextId += 1;
    const entry: Entry = { id, fault: { ...fault }, definition, effect: undefined, cancel: () => undefined };
    const end = (): void => {
      this.#end(entry);
    };
    const injected = Object.assign(end, { id });
    if (this.#closed) return injected;
    this.#entries.set(id, entry);
    const { after = 0 } = fault;
    if (after !== 0) this.#options.ground.note('waiting', undefined, { faultId: id, fault });
    const cancel = this.#options.triggers.when(after, () => {
      this.#begin(entry);
    });
    if (entry.effect === undefined) entry.cancel = cancel;
    return injected;
  }

  /** Ends faults: all, one by its id, or those of a type. Returns how many. */
  clear(which: { readonly id?: string | undefined; readonly type?: string | undefined } = {}): number {
    return this.#endWhere(({ id, fault }) => (which.id === undefined || which.id === id) && (which.type === undefined || which.type === fault.type));
  }

  /** Ends everything, also what faults have put off. */
  close(): void {
    this.#closed = true;
    this.clear();
    for (const cancel of [...this.#pending]) cancel();
  }

  /** Whether no fault is on. */
  get idle(): boolean {
    return this.#effects.length === 0;
  }

  get closesPort(): boolean {
    return this.#effects.some((effect) => effect.closesPort === true);
  }

  /** Whether the first packets of connections are to be thrown away instead of refused. */
  get swallows(): boolean {
    return this.#effects.some((effect) => effect.swallows === true);
  }

  get neverAnswers(): boolean {
    return this.#effects.some((effect) => effect.neverAnswers === true);
  }

  /** The version to announce instead of the negotiated one. */
  get version(): number | 'none' | undefined {
    return this.#effects.find((effect) => effect.version !== undefined)?.version;
  }

  get skewMs(): number {
    return this.#effects.reduce((sum, effect) => sum + (effect.skewMs ?? 0), 0);
  }

  onStart(clientId: number): 'mute' | 'inUse' | undefined {
    const answers = this.#effects.map((effect) => effect.onStart?.(clientId));
    return answers.find((answer) => answer === 'inUse') ?? answers.find((answer) => answer !== undefined);
  }

  /** Whether a fault has taken the request: it goes no further. */
  takesRequest(session: ClientSession, message: ClientMessage): boolean {
    for (const { onRequest } of this.#effects) if (onRequest?.(session, message) === true) return true;
    return false;
  }

  /** The message as it is to be sent; undefined: not at all. */
  outgoing(session: ClientSession, message: ServerMessage): ServerMessage | undefined {
    let current: ServerMessage | undefined = message;
    for (const { onMessage } of this.#effects) {
      if (onMessage === undefined) continue;
      current = onMessage(session, current);
      if (current === undefined) return undefined;
    }
    return current;
  }

  callback(callback: OrderCallback, deliver: (callback: OrderCallback) => void): void {
    const effects = this.#effects;
    const pass = (current: OrderCallback, from: number): void => {
      // What was put off goes on past faults that have ended since.
      const index = effects.findIndex((effect, at) => at >= from && effect.onCallback !== undefined && this.#effects.includes(effect));
      const effect = effects[index];
      if (effect?.onCallback === undefined) {
        deliver(current);
        return;
      }
      effect.onCallback(current, (next) => {
        pass(next, index + 1);
      });
    };
    pass(callback, 0);
  }

  frame(frame: OutgoingFrame): OutgoingFrame {
    let current = frame;
    for (const { onFrame } of this.#effects) if (onFrame !== undefined) current = onFrame(current);
    return current;
  }

  shape(clientId: number | undefined): OutputShape | undefined {
    const shapes = this.#effects.flatMap((effect) => effect.shape?.(clientId) ?? []);
    if (shapes.length === 0) return undefined;
    const rates = shapes.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
    return {
      delayMs: shapes.reduce((sum, { delayMs = 0 }) => sum + delayMs, 0),
      bytesPerSecond: rates.length === 0 ? undefined : Math.min(...rates),
    };
  }

  #begin(entry: Entry): void {
    if (!this.#entries.has(entry.id)) return;
    const { fault, definition, id } = entry;
    const end = (): void => {
      this.#end(entry);
    };
    const effect = definition.begin(fault, this.#host, end);
    entry.effect = effect;
    entry.cancel = () => undefined;
    this.#effects = [...this.#effects, effect];
    this.#options.ground.note(fault.type, undefined, { faultId: id, fault });
    this.#options.onChange();
    effect.start?.();
    const forMs = fault.for ?? definition.defaultForMs;
    if (forMs === undefined || !this.#entries.has(id)) return;
    const timer = this.#options.clock.setTimer(forMs, end);
    entry.cancel = () => {
      timer.cancel();
    };
  }

  #end(entry: Entry): void {
    if (!this.#entries.delete(entry.id)) return;
    entry.cancel();
    const { effect } = entry;
    if (effect === undefined) return;
    this.#effects = this.#effects.filter((other) => other !== effect);
    effect.stop?.();
    this.#options.ground.note('ended', undefined, { faultId: entry.id, type: entry.fault.type });
    this.#options.onChange();
  }

  #endWhere(fits: (entry: Entry) => boolean): number {
    const chosen = [...this.#entries.values()].filter(fits);
    for (const entry of chosen) this.#end(entry);
    return chosen.length;
  }

  #later(delayMs: number, action: () => void): () => void {
    if (this.#closed) return () => undefined;
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#pending.delete(cancel);
      action();
    });
    const cancel = (): void => {
      timer.cancel();
      this.#pending.delete(cancel);
    };
    this.#pending.add(cancel);
    return cancel;
  }
}
