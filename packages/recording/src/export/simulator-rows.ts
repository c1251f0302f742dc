import { readBatches } from '../read/read-recording.js';
import type { ReadOptions } from '../read/read-options.js';
import type { BarRow, InstrumentRowBase, QuoteRow, RecordedRow, TradeRow } from '../row.js';

/** A row as replay files of the simulator have it. Its fields say what it is: `price` a trade, `bid` a quote (null: nobody), `barSize` a bar. */
export type SimulatorRow = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Why rows are not in a file for the simulator, and how many. */
export type SkippedRows = Readonly<Record<string, number>>;

const SYMBOL = /^[A-Z][A-Z0-9.\- ]{0,11}$/;
const BAR_SIZE = /^(\d{1,4} (secs?|mins?)|\d{1,2} hours?|1 (day|week|month))$/;
const BAR_KINDS = new Set(['TRADES', 'BID', 'ASK', 'MIDPOINT']);
/** Exchanges that replay files may name; others are left out of their trades. */
const EXCHANGES = new Set(['AMEX', 'BEX', 'NSX', 'FINRA', 'PEARL', 'ISE', 'EDGEA', 'DRCTEDGE', 'LTSE', 'CHX', 'NYSE', 'ARCA', 'ISLAND', 'NASDAQ', 'MEMX', 'IEX', 'CBSX', 'PSX', 'BYX', 'BATS']);

function isSize(value: number | undefined): boolean {
  return value === undefined || value >= 0;
}

function isPrice(value: number | undefined): boolean {
  return value === undefined || value > 0;
}

/** What of a recording is read for the simulator. */
export type SimulatorRowsOptions = Omit<ReadOptions, 'kinds' | 'follow' | 'pollMs' | 'clock'>;

/**
 * Trades, quotes and bars of a recording as the simulator replays them, in the order and within the rules of its files. Rows are played when they were received; a bar that was recorded
 * several times counts as it was in the end. What such a file cannot say is left out and counted. To be read once.
 */
export class SimulatorRows {
  readonly #skipped = new Map<string, number>();
  readonly #lastMs = new Map<string, number>();
  readonly #bars = new Map<string, { readonly start: number | string; readonly row: SimulatorRow }>();
  readonly #directory: string;
  readonly #options: SimulatorRowsOptions;
  #gaps = 0;

  /** @param directory where the recording is */
  constructor(directory: string, options: SimulatorRowsOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Gaps that were met: above 0 the rows do not tell everything that happened. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Rows that replay files cannot have, by reason. */
  get skipped(): SkippedRows {
    return Object.fromEntries(this.#skipped);
  }

  /** The rows, batch by batch. @throws what {@link readBatches} throws. */
  async *batches(): AsyncGenerator<readonly SimulatorRow[], void> {
    for await (const rows of readBatches(this.#directory, { ...this.#options, kinds: ['trade', 'quote', 'bar'] })) {
      yield rows.flatMap((row) => this.#rowsOf(row));
    }
    // Bars that nothing newer has replaced.
    yield [...this.#bars.values()].map(({ row }) => row);
  }

  #rowsOf(row: RecordedRow): readonly SimulatorRow[] {
    if (row.type === 'gap') {
      this.#gaps += 1;
      return this.#skip('gap rows have no place in replay files');
    }
    if (row.type !== 'trade' && row.type !== 'quote' && row.type !== 'bar') return this.#skip(`${row.type} rows have no place in replay files`);
    if (!SYMBOL.test(row.symbol)) return this.#skip('symbols are 1 to 12 letters, digits, dots, dashes or blanks');
    if (row.type === 'trade') return this.#trade(row);
    return row.type === 'quote' ? this.#quote(row) : this.#bar(row);
  }

  #skip(reason: string): readonly SimulatorRow[] {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
    return [];
  }

  /** When a row was received, in whole milliseconds and never before the row of its kind and symbol above it. */
  #timeOf(row: InstrumentRowBase & { readonly type: string }): number {
    const key = `${row.type} ${row.symbol}`;
    const time = Math.max(Math.floor(row.receivedAtMs), this.#lastMs.get(key) ?? 0);
    this.#lastMs.set(key, time);
    return time;
  }

  #trade(row: TradeRow): readonly SimulatorRow[] {
    const { symbol, price, size, exchange, unreported } = row;
    if (price <= 0 || size < 0) return this.#skip('prices of trades are above 0');
    const known = exchange !== undefined && EXCHANGES.has(exchange) ? exchange : undefined;
    return [{ symbol, time: this.#timeOf(row), price, size, exchange: known, unreported: unreported === true ? true : undefined }];
  }

  #quote(row: QuoteRow): readonly SimulatorRow[] {
    const { symbol, bid, ask, bidSize, askSize } = row;
    if (!isSize(bid) || !isSize(ask) || !isSize(bidSize) || !isSize(askSize)) return this.#skip('prices and sizes of quotes are not below 0');
    // Nobody on a side is an empty field, which has to be there.
    return [{ symbol, time: this.#timeOf(row), bid: bid ?? null, ask: ask ?? null, bidSize: bidSize ?? null, askSize: askSize ?? null }];
  }

  /** A bar that is kept up to date is recorded again and again: its last state is the one that counts. */
  #bar(row: BarRow): readonly SimulatorRow[] {
    const { symbol, barSize, kind = 'TRADES', open, high, low, close, wap, count } = row;
    const start = row.time ?? row.date ?? '';
    if (!BAR_SIZE.test(barSize) || !BAR_KINDS.has(kind)) return this.#skip('bars have a size and a kind that replay files know');
    if (![open, high, low, close].every(isPrice) || !isSize(row.volume) || high < Math.max(open, low, close) || low > Math.min(open, close)) {
      return this.#skip('bars have prices above 0 and a high and a low that are theirs');
    }
    const key = `${symbol} ${barSize} ${kind}`;
    const before = this.#bars.get(key);
    if (before !== undefined && start < before.start) return this.#skip('bars are in the order of their times');
    const bar = { symbol, time: start, barSize, kind, open, high, low, close, volume: row.volume ?? 0, wap: isPrice(wap) ? wap : undefined, count: isSize(count) ? count : undefined };
    this.#bars.set(key, { start, row: bar });
    return before === undefined || before.start === start ? [] : [before.row];
  }
}
