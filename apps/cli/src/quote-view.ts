import type { Quote } from '@ibkit/market-data';
import { table } from './table.js';
import { amount, count, plain, span } from './text.js';

/** How old the youngest field of a quote is, in milliseconds. */
export function ageMs(quote: Quote, nowMs: number): number {
  return Math.max(0, nowMs - quote.receivedAtMs);
}

/** A quote as it is printed with `--json`: absent values are absent, never 0. */
export function quoteDocument(quote: Quote, nowMs: number): Record<string, unknown> {
  const { symbol, conId, bid, ask, bidSize, askSize, last, lastSize, volume, open, high, low, close, mode, halted } = quote;
  return { symbol, conId, bid, ask, bidSize, askSize, last, lastSize, volume, open, high, low, close, mode, halted, stale: quote.stale, ageMs: ageMs(quote, nowMs) };
}

function change(quote: Quote): string {
  if (quote.last === undefined || quote.close === undefined || quote.close === 0) return '-';
  const percent = (quote.last / quote.close - 1) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(2)}%`;
}

/** Quotes as a table for people: mode and age are always there, so that an old or delayed price cannot pass for a live one. */
export function quoteTable(quotes: readonly Quote[], nowMs: number): string {
  return table(
    [
      { title: 'SYMBOL' }, { title: 'BID', align: 'right' }, { title: 'ASK', align: 'right' }, { title: 'LAST', align: 'right' }, { title: 'CHANGE', align: 'right' },
      { title: 'VOLUME', align: 'right' }, { title: 'MODE' }, { title: 'AGE', align: 'right' },
    ],
    quotes.map((quote) => [
      plain(quote.symbol), amount(quote.bid), amount(quote.ask), amount(quote.last), change(quote),
      count(quote.volume), quote.stale ? `${quote.mode}, stale` : quote.mode, span(ageMs(quote, nowMs)),
    ]),
  );
}
