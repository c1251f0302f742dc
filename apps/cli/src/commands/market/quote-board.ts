import type { ApiQuote } from '@ibkit/api-contract';
import type { CommandContext } from '../../config/globals.js';
import { colorsFor } from '../../render/colors.js';
import type { Colors } from '../../render/colors.js';
import { changeText } from '../../render/quote-table.js';
import { Trace } from '../../render/sparkline.js';
import { table } from '../../render/table.js';
import type { Column } from '../../render/table.js';
import { amount, count, plain, span } from '../../render/text.js';

const COLUMNS: readonly Column[] = [
  { title: 'SYMBOL' }, { title: 'BID', align: 'right' }, { title: 'ASK', align: 'right' }, { title: 'LAST', align: 'right' }, { title: 'CHANGE', align: 'right' },
  { title: 'VOLUME', align: 'right' }, { title: 'MODE' }, { title: 'AGE', align: 'right' }, { title: 'GAPS', align: 'right' }, { title: 'LAST MINUTES' },
]; // prettier-ignore

/** What rows can be sorted by, in the order in which the key goes through them. */
const ORDERS = ['as typed', 'symbol', 'change', 'volume', 'age'] as const;

/** How many values the sparkline shows, and how far apart they are in milliseconds. */
const TRACE = { capacity: 20, everyMs: 5_000 } as const;

function changeOf({ last, close }: ApiQuote): number {
  return last === undefined || close === undefined || close === 0 ? Number.NEGATIVE_INFINITY : last / close;
}

/** The quotes that are watched, as a screen: rows that can be sorted, with the course of the last minutes. */
export class QuoteBoard {
  readonly #context: CommandContext;
  readonly #colors: Colors;
  readonly #symbols: readonly string[];
  readonly #quotes = new Map<string, ApiQuote>();
  readonly #traces = new Map<string, Trace>();
  #order: (typeof ORDERS)[number] = ORDERS[0];
  #reversed = false;

  constructor(context: CommandContext, symbols: readonly string[]) {
    this.#context = context;
    this.#colors = colorsFor(context);
    this.#symbols = symbols;
  }

  /** Takes a quote. */
  put(quote: ApiQuote, nowMs: number): void {
    this.#quotes.set(quote.symbol, quote);
    const trace = this.#traces.get(quote.symbol) ?? new Trace(TRACE);
    this.#traces.set(quote.symbol, trace);
    if (quote.last !== undefined) trace.add(quote.last, nowMs);
  }

  /** What is shown of a symbol is not fresh any more. */
  stale(symbol: string, cause: string): void {
    const quote = this.#quotes.get(symbol);
    if (quote !== undefined) this.#quotes.set(symbol, { ...quote, stale: true, staleReason: cause });
  }

  /** `s` sorts by the next column, `r` turns the order round, `q` quits. */
  key(key: string, session: { stop(): void; redraw(): void }): void {
    if (key === 'q') session.stop();
    else if (key === 's') this.#order = ORDERS[(ORDERS.indexOf(this.#order) + 1) % ORDERS.length] ?? ORDERS[0];
    else if (key === 'r') this.#reversed = !this.#reversed;
    else return;
    if (key !== 'q') session.redraw();
  }

  /** The screen. */
  text(): string {
    const nowMs = this.#context.clock.now();
    const rows = this.#sorted().map((quote) => this.#row(quote, nowMs));
    const sorting = this.#order === 'as typed' && !this.#reversed ? '' : ` (by ${this.#order}${this.#reversed ? ', reversed' : ''})`;
    return `${table(COLUMNS, rows)}${this.#colors.dim(`s sort${sorting}  r reverse  q quit`)}\n`;
  }

  #sorted(): readonly ApiQuote[] {
    const known = [...this.#quotes.values()];
    const place = ({ symbol }: ApiQuote): number => (this.#symbols.includes(symbol) ? this.#symbols.indexOf(symbol) : this.#symbols.length);
    const by: Readonly<Record<(typeof ORDERS)[number], (a: ApiQuote, b: ApiQuote) => number>> = {
      'as typed': (a, b) => place(a) - place(b),
      symbol: (a, b) => (a.symbol < b.symbol ? -1 : 1),
      change: (a, b) => changeOf(b) - changeOf(a),
      volume: (a, b) => (b.volume ?? 0) - (a.volume ?? 0),
      age: (a, b) => b.receivedAtMs - a.receivedAtMs,
    };
    known.sort(by[this.#order]);
    return this.#reversed ? known.reverse() : known;
  }

  #row(quote: ApiQuote, nowMs: number): readonly string[] {
    const { good, bad, warning } = this.#colors;
    const change = changeText(quote);
    const mode = quote.stale ? `${quote.mode}, stale` : quote.mode;
    return [
      plain(quote.symbol), amount(quote.bid), amount(quote.ask), amount(quote.last), change.startsWith('+') ? good(change) : change.startsWith('-') && change !== '-' ? bad(change) : change,
      count(quote.volume), quote.stale ? bad(mode) : quote.mode === 'live' ? mode : warning(mode), span(Math.max(0, nowMs - quote.receivedAtMs)), count(quote.gaps ?? 0), this.#traces.get(quote.symbol)?.text ?? '',
    ]; // prettier-ignore
  }
}
