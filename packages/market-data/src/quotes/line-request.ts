import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LineWants } from './line-machine.js';
import type { MarketDataMode } from './market-data-mode.js';
import type { ModeSwitch } from './mode-switch.js';

/** Whoever hears what the broker says to a {@link LineRequest}. */
export interface LineListener {
  receive(message: ServerMessage): void;
  /** Comes right before the first value after the hole, also for holes that nobody announced. */
  onGap(gap: DataGap): void;
  onNotice(notice: BrokerNoticeMessage): 'end' | 'ignore';
  onEnd(error: IbkrError | undefined): void;
}

/** What a {@link LineRequest} works with. */
export interface LineRequestOptions {
  readonly contract: ResolvedContract;
  readonly connection: MarketDataConnection;
  readonly modeSwitch: ModeSwitch;
  readonly listener: LineListener;
}

/** The request of a line at the broker, one at a time: what is still said to an earlier one is not heard. */
export class LineRequest {
  readonly #options: LineRequestOptions;
  readonly #modes = new Map<MarketDataMode, () => void>();
  #upstream: MarketDataUpstream | undefined;
  #closing: Promise<void> = Promise.resolve();
  #generation = 0;

  constructor(options: LineRequestOptions) {
    this.#options = options;
  }

  /** Resolves once the broker was told of everything that is not wanted any more. */
  get closed(): Promise<void> {
    return this.#closing;
  }

  /** Asks, in place of what was asked for before: TWS has no way to change a running line. */
  ask({ ticks, mode }: LineWants): void {
    const { contract, connection, modeSwitch, listener } = this.#options;
    if (!this.#modes.has(mode)) this.#modes.set(mode, modeSwitch.want(mode));
    const generation = this.#generation;
    const current = <A extends readonly unknown[]>(run: (...args: A) => void) => (...args: A): void => {
      if (generation === this.#generation) run(...args);
    };
    this.#upstream = connection.subscribe({
      name: `quotes of ${contract.localSymbol}`,
      build: (reqId) => ({ type: 'reqMktData', reqId, contract: wireContract(contract), genericTickList: ticks.join(','), snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: current((message: ServerMessage) => {
        listener.receive(message);
      }),
      onGap: current((gap: DataGap) => {
        listener.onGap(gap);
      }),
      onNotice: (notice) => (generation === this.#generation ? listener.onNotice(notice) : 'ignore'),
      onEnd: current((error: IbkrError | undefined) => {
        listener.onEnd(error);
      }),
    });
  }

  /** Runs `work` after what is said now was heard, unless the line was asked for again or is over by then. */
  afterwards(work: () => void): void {
    const generation = this.#generation;
    queueMicrotask(() => {
      if (generation === this.#generation) work();
    });
  }

  /** Takes the request back. */
  cancel(): void {
    this.#generation += 1;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closing = Promise.all([this.#closing, upstream.close()]).then(() => undefined);
  }

  /** Asks for no mode any more. */
  releaseModes(): void {
    for (const release of this.#modes.values()) release();
    this.#modes.clear();
  }
}
