import type { Clock, Timer } from '@ibkit/clock';

/** A misbehaviour that lasts until it is ended. Durations are real milliseconds, on the clock that the simulator was given, not on its scaled one. */
export type SimulatorFault =
  /**
   * The sockets stay open, but the server stops reading, writing or both. Applies to the connections of this moment, or to one client's. Ending it delivers what
   * was held back; dropping the client first loses it, which is how an acknowledgement gets lost after the order was taken.
   */
  | {
      readonly type: 'half-open';
      readonly stop?: 'reading' | 'writing' | 'both' | undefined;
      readonly clientId?: number | undefined;
      readonly forMs?: number | undefined;
    }
  /** New connections are refused; the ones that exist live on. */
  | { readonly type: 'refuse'; readonly forMs?: number | undefined }
  /** New connections are accepted and never answered; ending the fault does not wake them. */
  | { readonly type: 'mute-accept'; readonly forMs?: number | undefined }
  /** The handshake succeeds, but nothing follows START_API; ending the fault completes the start of the clients that wait. */
  | { readonly type: 'mute-ready'; readonly forMs?: number | undefined }
  /** Connecting with this client id gets 326. */
  | { readonly type: 'id-in-use'; readonly clientId: number; readonly forMs?: number | undefined };

/** The kinds of {@link SimulatorFault}. */
export type SimulatorFaultType = SimulatorFault['type'];

interface ActiveFault {
  readonly fault: SimulatorFault;
  readonly undo: () => void;
  timer: Timer | undefined;
}

/** The faults that are on, and how each one ends. */
export class ServerFaults {
  readonly #clock: Clock;
  readonly #active = new Set<ActiveFault>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The faults that are on, in the order in which they began. */
  get active(): readonly SimulatorFault[] {
    return [...this.#active].map((entry) => entry.fault);
  }

  has(type: SimulatorFaultType): boolean {
    return this.active.some((fault) => fault.type === type);
  }

  clientIdInUse(clientId: number): boolean {
    return this.active.some((fault) => fault.type === 'id-in-use' && fault.clientId === clientId);
  }

  /** Notes a fault that is on. The returned function ends it, as does the end of `forMs`; `undo` runs once. */
  add(fault: SimulatorFault, undo: () => void): () => void {
    const entry: ActiveFault = { fault, undo, timer: undefined };
    this.#active.add(entry);
    const end = (): void => {
      this.#end(entry);
    };
    if (fault.forMs !== undefined) entry.timer = this.#clock.setTimer(fault.forMs, end);
    return end;
  }

  /** Ends every fault, or those of one type. */
  clear(type?: SimulatorFaultType): void {
    for (const entry of [...this.#active]) {
      if (type === undefined || entry.fault.type === type) this.#end(entry);
    }
  }

  #end(entry: ActiveFault): void {
    if (!this.#active.delete(entry)) return;
    entry.timer?.cancel();
    entry.undo();
  }
}
