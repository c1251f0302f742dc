import type { Timer } from '@ibkit/clock';
import type { Instrument } from '../../market/instrument.js';
import type { Market } from '../../market/market.js';
import { STEP_MS } from '../../market/step-grid.js';
import type { ClientSession } from '../client-session.js';
import { DELETE, changesBetween, depthBookOf, isReplaced } from './depth-book.js';
import type { DepthBook, DepthChange } from './depth-book.js';

/** Options of a {@link DepthStream}. */
export interface DepthStreamOptions {
  readonly session: ClientSession;
  readonly reqId: number;
  readonly instrument: Instrument;
  readonly market: Market;
  readonly rows: number;
  readonly makers: readonly string[];
  /** Whether rows name who shows them (TWS API message 13), or not (12). */
  readonly isNamed: boolean;
  readonly isSmartDepth: boolean;
}

const ASK = 0;
const BID = 1;
const SAMPLE_MS = STEP_MS;
const PULSE_MS = 1_000;
const EMPTY: DepthBook = { bids: [], asks: [] };

/** TWS API: 317. The client must empty its book. */
const RESET = 'Market depth data has been RESET. Please empty deep book contents before applying any new entries.';
/** TWS API: 316. */
const HALTED = 'Market depth data has been HALTED. Please re-subscribe.';

/** One order book of one client: the whole book first, then what changes, at most once per step of the market. */
export class DepthStream {
  readonly #options: DepthStreamOptions;
  #sent: DepthBook = EMPTY;
  #timer: Timer | undefined;
  #unwatch: (() => void) | undefined;
  #sampledAtMs = 0;
  #isHalted = false;

  constructor(options: DepthStreamOptions) {
    this.#options = options;
  }

  start(): void {
    const { market, instrument } = this.#options;
    this.#unwatch = market.watch(instrument.conId, (event) => {
      if (market.halted(instrument.conId)) this.#halt();
      else if (event.kind === 'quote') this.#schedule();
    });
    this.#sample();
  }

  stop(): void {
    this.#unwatch?.();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #halt(): void {
    const { session, reqId } = this.#options;
    if (!this.#isHalted) session.sendError(reqId, 316, HALTED);
    this.#isHalted = true;
  }

  #schedule(): void {
    if (this.#isHalted) return;
    const { clock } = this.#options.market;
    // Never at once: what happens at one instant belongs into one sample.
    this.#timer ??= clock.setTimer(Math.max(0, this.#sampledAtMs + SAMPLE_MS - clock.monotonic()), () => {
      this.#timer = undefined;
      this.#sample();
    });
  }

  #sample(): void {
    const { market, instrument, rows, makers, session, reqId } = this.#options;
    this.#sampledAtMs = market.clock.monotonic();
    const pulse = Math.floor(market.clock.now() / PULSE_MS);
    const book = depthBookOf({ instrument, quote: market.quote(instrument.conId), rows, makers, pulse });
    if (isReplaced(this.#sent.bids, book.bids) && isReplaced(this.#sent.asks, book.asks)) {
      session.sendError(reqId, 317, RESET);
      this.#sent = EMPTY;
    }
    for (const change of changesBetween(this.#sent.asks, book.asks)) this.#send(ASK, change);
    for (const change of changesBetween(this.#sent.bids, book.bids)) this.#send(BID, change);
    this.#sent = book;
  }

  #send(side: number, { position, operation, level }: DepthChange): void {
    const { session, reqId, isNamed, isSmartDepth } = this.#options;
    const { price, size, maker } = level;
    const row = { reqId, position, operation, side, price, size: operation === DELETE ? 0 : size };
    if (isNamed) session.send({ type: 'marketDepthL2', ...row, marketMaker: maker, isSmartDepth });
    else session.send({ type: 'marketDepth', ...row });
  }
}
