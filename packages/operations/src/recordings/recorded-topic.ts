import type { Topic } from '@ibkit/api-contract';
import { parseTopic } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import type { BarSize, TickByTickKind } from '@ibkit/market-data';

/** What of the market a topic asks to be written down. */
export type RecordedTopic = { readonly text: string; readonly instrument: string } & (
  | { readonly kind: 'quotes' | 'depth' }
  | { readonly kind: 'ticks'; readonly ticks: Exclude<TickByTickKind, 'MidPoint'> }
  | { readonly kind: 'bars'; readonly barSize: BarSize }
);

const BAR_SIZES: Readonly<Record<NonNullable<Topic['size']>, BarSize>> = { '5s': '5 secs', '1m': '1 min', '5m': '5 mins', '15m': '15 mins', '30m': '30 mins', '1h': '1 hour', '1d': '1 day' };
const TICKS = { last: 'Last', allLast: 'AllLast', bidAsk: 'BidAsk', midPoint: undefined } as const;

/**
 * Reads a topic that can be recorded: quotes, trades, ticks (but for midpoints), bars, depth of an instrument.
 * @throws {@link UsageError} for everything else: accounts and orders are in the audit trail, and recordings are handed on.
 */
export function recordedTopic(text: string): RecordedTopic {
  const topic = parseTopic(text);
  const { kind, instrument, tick, size } = topic ?? {};
  if (instrument !== undefined) {
    if (kind === 'quotes' || kind === 'depth') return { text, instrument, kind };
    if (kind === 'trades') return { text, instrument, kind: 'ticks', ticks: 'AllLast' };
    const ticks = tick === undefined ? undefined : TICKS[tick];
    if (kind === 'ticks' && ticks !== undefined) return { text, instrument, kind, ticks };
    if (kind === 'bars' && size !== undefined) return { text, instrument, kind, barSize: BAR_SIZES[size] };
  }
  throw new UsageError({ field: 'topics', value: text, rule: 'must be quotes, trades, depth, bars or ticks (last, allLast, bidAsk) of an instrument, such as trades/SPY' });
}
