import { abortReason } from '@ibkit/clock';
import type { ApiHistory, OperationInput } from '@ibkit/api-contract';
import { TimeoutError, UsageError } from '@ibkit/error-codes';
import { BAR_SIZES } from '@ibkit/market-data';
import type { BarSize, HistoryBar, HistoryCursor, HistoryOptions, HistoryStream, MarketData, ResolvedContract } from '@ibkit/market-data';
import type { Clock } from '@ibkit/clock';
import { instrumentQuery } from '../instruments/instrument-query.js';
import { momentOf } from '../moment.js';
import { barView, historyGapView } from '../views/bar.js';
import { contractView } from '../views/contract.js';
import { known } from '../views/known.js';
import { cursorText, readCursor } from './history-cursor-text.js';

type PlanInput = OperationInput<'historyPlan'>;
type PageInput = OperationInput<'history'>;

/** What pages are read with. */
export interface HistoryPagesDeps {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'resolve' | 'history'>;
  /** How long one page may take, milliseconds. */
  readonly pageWaitMs: number;
}

const ROWS_PER_PAGE = 500;

function barSizeOf(text: string): BarSize {
  const size = BAR_SIZES.find((name) => name === text.trim());
  if (size !== undefined) return size;
  throw new UsageError({ field: 'barSize', value: text, rule: `must be one of ${BAR_SIZES.join(', ')}` });
}

const KINDS = ['TRADES', 'MIDPOINT', 'BID', 'ASK', 'BID_ASK', 'AGGTRADES', 'HISTORICAL_VOLATILITY', 'OPTION_IMPLIED_VOLATILITY', 'FEE_RATE', 'YIELD_BID', 'YIELD_ASK', 'YIELD_BID_ASK', 'YIELD_LAST'] as const;

function kindOf(text: string | undefined): NonNullable<HistoryOptions['what']> {
  if (text === undefined) return 'TRADES';
  const kind = KINDS.find((name) => name === text.trim().toUpperCase());
  if (kind !== undefined) return kind;
  throw new UsageError({ field: 'what', value: text, rule: `must be one of ${KINDS.join(', ')}` });
}

/** What a question for the past means to the market data. @throws {@link UsageError} naming the field. */
export function historyOptions({ from, to, barSize, what, useRth }: Pick<PlanInput, 'from' | 'to' | 'barSize' | 'what' | 'useRth'>): HistoryOptions & { readonly what: NonNullable<HistoryOptions['what']> } {
  return { from: momentOf('from', from), to: to === undefined ? undefined : momentOf('to', to), barSize: barSizeOf(barSize), what: kindOf(what), useRth };
}

/**
 * One page of bars. It ends when it is full, at the end of the range, or when `pageWaitMs` are over and there is something: the pacing rules of the broker can make
 * the rest take minutes.
 */
export async function historyPage({ clock, marketData, pageWaitMs }: HistoryPagesDeps, input: PageInput, signal: AbortSignal | undefined): Promise<ApiHistory> {
  const { symbol, from, to, barSize, what, useRth, limit = ROWS_PER_PAGE, cursor, ...fields } = input;
  const options = historyOptions({ from, to, barSize, what, useRth });
  const resume = cursor === undefined ? undefined : readCursor(cursor);
  const contract = await marketData.resolve(instrumentQuery({ symbol, ...fields }), { signal });
  const stream = marketData.history(contract, { ...options, resume, signal });
  const late = new AbortController();
  const timer = clock.setTimer(pageWaitMs, () => {
    late.abort();
    void stream.close();
  });
  try {
    const bars = await readBars(stream, limit);
    if (signal?.aborted === true) throw abortReason(signal);
    const end = stream.cursor;
    const isLate = late.signal.aborted;
    const hasMore = end !== undefined && (bars.length === limit || isLate) && end.nextMs < end.toMs;
    if (isLate && bars.length === 0) throw tooLate(pageWaitMs);
    return pageOf(contract, options, { bars, stream, next: hasMore ? end : undefined });
  } finally {
    timer.cancel();
    await stream.close();
  }
}

async function readBars(stream: HistoryStream, limit: number): Promise<HistoryBar[]> {
  const bars: HistoryBar[] = [];
  while (bars.length < limit) {
    const next = await stream.next();
    if (next.done === true) break;
    bars.push(next.value);
  }
  return bars;
}

function pageOf(contract: ResolvedContract, { barSize, what }: ReturnType<typeof historyOptions>, { bars, stream, next }: { readonly bars: readonly HistoryBar[]; readonly stream: HistoryStream; readonly next: HistoryCursor | undefined }): ApiHistory {
  return known({ contract: contractView(contract), barSize, what, bars: bars.map(barView), gaps: stream.gaps.map(historyGapView), next: next === undefined ? undefined : cursorText(next) });
}

function tooLate(waitedMs: number): TimeoutError {
  return new TimeoutError({
    code: 'IBKR_HISTORICAL_TIMEOUT',
    message: `No bar came within ${waitedMs} ms: the broker is slow, or its pacing rules make the request wait.`,
    tips: ['Ask /v1/history/plan how long the whole range takes.', 'Ask again: what was waited for already counts.'],
  });
}
