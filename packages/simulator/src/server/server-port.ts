import type { Socket } from 'node:net';
import { Listener } from './listener.js';
import { SynHole } from './syn-hole.js';
import type { WitnessJournal } from './witness-journal.js';

/** What faults do to the port. */
export interface PortFaults {
  readonly closesPort: boolean;
  /** Whether the first packets of connections vanish. */
  readonly swallows: boolean;
}

/** What a {@link ServerPort} is made from. */
export interface ServerPortOptions {
  readonly host: string;
  readonly port: number;
  readonly journal: WitnessJournal;
  readonly faults: () => PortFaults;
  readonly onSocket: (socket: Socket) => void;
}

/** The port of the server: open, closed, or a hole, as the control wants it and as faults have it. */
export class ServerPort {
  readonly #options: ServerPortOptions;
  readonly #listener: Listener;
  /** Whether it is to be open while no fault closes it. */
  #wanted = false;
  /** What throws the first packets of connections away, in the place of the port. */
  #hole: SynHole | undefined;
  /** Resolves when the port that a fault had closed is open again, or could not be had. */
  #reopening: Promise<void> | undefined;
  /** Settles when the hole has been made or filled; undefined while nothing is done to it. */
  #digging: Promise<void> | undefined;
  #closed = false;

  constructor(options: ServerPortOptions) {
    this.#options = options;
    const { host, port, onSocket } = options;
    this.#listener = new Listener({ host, port, onSocket });
  }

  get host(): string {
    return this.#listener.host;
  }

  get port(): number {
    return this.#listener.port;
  }

  get listening(): boolean {
    return this.#listener.listening;
  }

  /** Opens it; while a fault keeps it closed it opens when that ends. @throws ConnectionError when it cannot be had. */
  async open(): Promise<void> {
    this.#wanted = true;
    if (this.#digging !== undefined) await this.#openBehindHole();
    else if (!this.#options.faults().closesPort) await this.#listener.listen();
  }

  /** Resolves when it is what faults and control want it to be. Never rejects: what failed is in the journal. */
  async settled(): Promise<void> {
    await this.#digging;
    await this.#reopening;
  }

  /** Refuses new connections from now on; the accepted ones live on. */
  stop(): void {
    this.#wanted = false;
    this.#listener.stop();
  }

  /** The faults have changed: it is open or closed as they say. */
  adjust(): void {
    const { closesPort, swallows } = this.#options.faults();
    if (closesPort) this.#listener.stop();
    this.#dig(swallows && this.#wanted && !this.#closed);
    if (!closesPort && this.#wanted && !this.#closed && !this.listening) this.#openAgain();
  }

  /** Fills the hole, and resolves when nothing holds the port any more; no change of the faults opens it again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dig(false);
    await this.#digging;
    this.stop();
    await this.#listener.drained();
  }

  /** Makes a hole where the port was, or fills it. One after the other: the port must be free for what comes next. */
  #dig(wanted: boolean): void {
    if (wanted === (this.#hole !== undefined)) return;
    const hole = this.#hole ?? new SynHole({ host: this.host, port: this.port });
    this.#hole = wanted ? hole : undefined;
    const work = this.#digOrFill(hole, wanted, this.#digging);
    this.#digging = work;
    void work.finally(() => {
      if (this.#digging === work) this.#digging = undefined;
    });
  }

  async #digOrFill(hole: SynHole, wanted: boolean, before: Promise<void> | undefined): Promise<void> {
    const { journal } = this.#options;
    try {
      // A hole that is being made is filled at once; a new one waits until the port is free.
      const filled = wanted ? undefined : hole.close();
      await before;
      await (filled ?? hole.open());
      journal.append('fault', wanted ? 'holeOpen' : 'holeClosed');
    } catch (error) {
      journal.append('fault', 'holeFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
    }
  }

  async #openBehindHole(): Promise<void> {
    await this.#digging;
    // Much may have happened meanwhile.
    if (this.#wanted && !this.#closed && !this.#options.faults().closesPort) await this.#listener.listen();
  }

  #openAgain(): void {
    const opened = this.#digging === undefined ? this.#listener.listen() : this.#openBehindHole();
    this.#reopening = opened.catch((error: unknown) => {
      this.#options.journal.append('fault', 'listenFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
    });
  }
}
