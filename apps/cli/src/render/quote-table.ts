import type { ApiQuote } from '@ibkit/api-contract';
import { table } from './table.js';
import { amount, count, plain, span } from './text.js';

/** How far the last price is from the close before, as people write it. */
export function changeText({ last, close }: Pick<ApiQuote, 'last' | 'close'>): string {
  if (last === undefined || close === undefined || close === 0) return '-';
  const percentage = (last / close - 1) * 100;
  return `${percentage >= 0 ? '+' : ''}${percentage.toFixed(2)}%`;
}

/** Quotes as a table for people: mode and age are always there, so that an old or delayed price cannot pass for a live one. */
export function quoteTable(quotes: readonly ApiQuote[]): string {
  return table(
    [
      { title: 'SYMBOL' }, { title: 'BID', align: 'right' }, { title: 'ASK', align: 'right' }, { title: 'LAST', align: 'right' }, { title: 'CHANGE', align: 'right' },
      { title: 'VOLUME', align: 'right' }, { title: 'MODE' }, { title: 'AGE', align: 'right' },
    ],
    quotes.map((quote) => [
      plain(quote.symbol), amount(quote.bid), amount(quote.ask), amount(quote.last), changeText(quote),
      count(quote.volume), quote.stale ? `${quote.mode}, stale` : quote.mode, span(quote.ageMs),
    ]),
  );
}
