import type { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { findContract } from './history.js';
import { utcText } from './history-dates.js';
import { checkHistoryOrder, checkHistoryRange, checkHistoryTime, checkedKind, instantOfTime } from './history-range.js';
import type { HistoryTime } from './history-range.js';
import { askHistory, serverNow } from './history-request.js';
import type { HistoryDeps } from './history-request.js';
import { zoneOf } from './history-run.js';
import { PagedStream } from './paged-stream.js';

/** TWS API: ticks per request, at most. */
export const TICKS_PER_REQUEST = 1000;

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** The kinds of past ticks. TWS API: whatToShow of reqHistoricalTicks. */
export const HISTORICAL_TICK_KINDS = ['TRADES', 'BID_ASK', 'MIDPOINT'] as const;

/** A kind of past ticks. */
export type HistoricalTickKind = (typeof HISTORICAL_TICK_KINDS)[number];

/** A trade of the past. */
export interface HistoricalTrade {
  readonly type: 'trade';
  /** Epoch milliseconds; TWS gives whole seconds. */
  readonly time: number;
  readonly price: number;
  readonly size: number;
  readonly exchange: string;
  /** Conditions of the sale, as the exchange codes them. */
  readonly conditions: string;
  readonly pastLimit: boolean;
  readonly unreported: boolean;
}

/** A change of bid or ask in the past. */
export interface HistoricalBidAsk {
  readonly type: 'bidAsk';
  /** Epoch milliseconds; TWS gives whole seconds. */
  readonly time: number;
  /** Absent when there was none. */
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly bidSize: number;
  readonly askSize: number;
  readonly bidPastLow: boolean;
  readonly askPastHigh: boolean;
}

/** A change of the middle between bid and ask in the past. */
export interface HistoricalMidPoint {
  readonly type: 'midPoint';
  /** Epoch milliseconds; TWS gives whole seconds. */
  readonly time: number;
  readonly price: number;
}

/** A part of the range for which the broker had no ticks. */
export interface HistoricalTickGap {
  readonly type: 'gap';
  readonly fromMs: number;
  readonly toMs: number;
}

/** The tick of each kind. */
export interface HistoricalTickOfKind {
  readonly TRADES: HistoricalTrade;
  readonly BID_ASK: HistoricalBidAsk;
  readonly MIDPOINT: HistoricalMidPoint;
}

/** What past ticks are wanted. */
export interface HistoricalTicksOptions<K extends HistoricalTickKind> {
  readonly kind: K;
  /** Ticks of this second and later: epoch milliseconds, a `Date`, or a day `YYYY-MM-DD` in the contract's zone. */
  readonly from: HistoryTime;
  /** Ticks before this second. The running second is never asked for: more of it may come. @defaultValue now */
  readonly to?: HistoryTime | undefined;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  /** For `BID_ASK`: leave out ticks that change only a size. @defaultValue false */
  readonly ignoreSize?: boolean | undefined;
  /** Ends the stream with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Past ticks, oldest first, each once, for one reader: requests are made while it reads. Where the broker has nothing a `gap` item says so.
 * Leaving the loop and `close()` end it quietly.
 */
export interface HistoricalTickStream<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): HistoricalTickStream<T>;
  /** Ends it; a request that is under way is left without a reader. Idempotent. */
  close(): Promise<void>;
}

type Reader<T> = (message: ServerMessage) => { readonly ticks: readonly T[]; readonly done: boolean } | undefined;
type Readers = { readonly [K in HistoricalTickKind]: Reader<HistoricalTickOfKind[K]> };

const READ: Readers = {
  TRADES: (message) =>
    message.type !== 'historicalTicksLast' ? undefined : {
      done: message.done,
      ticks: message.ticks.map(({ time, price, size = 0, exchange, specialConditions, mask }) => ({
        type: 'trade' as const, time: time * SECOND_MS, price, size, exchange, conditions: specialConditions, pastLimit: (mask & 1) !== 0, unreported: (mask & 2) !== 0,
      })),
    },
  BID_ASK: (message) =>
    message.type !== 'historicalTicksBidAsk' ? undefined : {
      done: message.done,
      ticks: message.ticks.map(({ time, bidPrice, askPrice, bidSize = 0, askSize = 0, mask }) => ({
        // TWS API: the bits are the other way round than in live ticks.
        type: 'bidAsk' as const, time: time * SECOND_MS, bid: present(bidPrice), ask: present(askPrice), bidSize, askSize, bidPastLow: (mask & 2) !== 0, askPastHigh: (mask & 1) !== 0,
      })),
    },
  MIDPOINT: (message) =>
    message.type !== 'historicalTicks' ? undefined : {
      done: message.done,
      ticks: message.ticks.map(({ time, price }) => ({ type: 'midPoint' as const, time: time * SECOND_MS, price })),
    },
};

/** TWS API: -1 is no price where there is also no size; spreads may really cost that. */
function present(price: number): number | undefined {
  return price === -1 ? undefined : price;
}

/** What a page of ticks says about the next. */
export interface TickPage<T> {
  /** What is complete and in the range. */
  readonly ticks: readonly T[];
  /** Where to go on; undefined when the range is done. */
  readonly nextMs: number | undefined;
  /** The part that turned out to be empty. */
  readonly gap: HistoricalTickGap | undefined;
}

/**
 * What to make of one answer to "1,000 ticks from `fromMs` on".
 *
 * TWS API: an answer goes on to the end of its last second, so the next request begins with the second behind it. An answer of exactly 1,000
 * may be one that was cut: its last second is then dropped and asked for again, unless it is the only one. An empty answer speaks for the
 * rest of its day alone, because a request looks at one session.
 */
export function tickPage<T extends { readonly time: number }>(answer: readonly T[], range: { readonly fromMs: number; readonly toMs: number; readonly timeZone: TimeZone }): TickPage<T> {
  const { fromMs, toMs, timeZone } = range;
  const fresh = answer.filter(({ time }) => time >= fromMs);
  const last = fresh.at(-1);
  if (last === undefined) {
    const tomorrowMs = timeZone.instantOf(timeZone.dateOf(timeZone.instantOf(timeZone.dateOf(fromMs), 0) + DAY_MS * 1.2), 0);
    const endMs = Math.min(toMs, Math.max(tomorrowMs, fromMs + SECOND_MS));
    return { ticks: [], nextMs: endMs < toMs ? endMs : undefined, gap: { type: 'gap', fromMs, toMs: endMs } };
  }
  const mayBeCut = answer.length === TICKS_PER_REQUEST && fresh.some(({ time }) => time < last.time);
  const completeToMs = mayBeCut ? last.time : last.time + SECOND_MS;
  const ticks = fresh.filter(({ time }) => time < completeToMs && time < toMs);
  return { ticks, nextMs: completeToMs < toMs ? completeToMs : undefined, gap: undefined };
}

/** Opens a stream of past ticks. @throws UsageError for what cannot be understood; everything else ends the stream. */
export function openHistoricalTicks<K extends HistoricalTickKind>(
  deps: HistoryDeps,
  finder: ContractFinder,
  request: { readonly contract: ContractLike; readonly options: HistoricalTicksOptions<K>; readonly stop: AbortSignal },
): HistoricalTickStream<HistoricalTickOfKind[K] | HistoricalTickGap> {
  const { contract, options, stop } = request;
  const { from, to, signal } = options;
  checkedKind('kind', options.kind, HISTORICAL_TICK_KINDS);
  contractName(contract);
  checkHistoryTime('from', from);
  if (to !== undefined) checkHistoryTime('to', to);
  checkHistoryOrder(from, to);
  async function* pages(ended: AbortSignal): AsyncGenerator<readonly (HistoricalTickOfKind[K] | HistoricalTickGap)[], void> {
    const resolved = await findContract(finder, contract, ended);
    const timeZone = zoneOf(resolved);
    const nowMs = serverNow(deps);
    const toMs = wholeSecond(Math.min(to === undefined ? nowMs : instantOfTime(to, timeZone), nowMs));
    let nextMs: number | undefined = wholeSecond(instantOfTime(from, timeZone));
    checkHistoryRange({ fromMs: nextMs, toMs: to === undefined ? Math.max(nextMs, nowMs) : instantOfTime(to, timeZone) }, nowMs);
    if (nextMs >= toMs) return;
    while (nextMs !== undefined) {
      const fromMs: number = nextMs;
      const page: TickPage<HistoricalTickOfKind[K]> = tickPage(await askTicks(deps, { resolved, options, fromMs, signal: ended }), { fromMs, toMs, timeZone });
      nextMs = page.nextMs;
      yield page.gap === undefined ? page.ticks : [page.gap];
    }
  }
  return new PagedStream({ pages, signals: [signal, stop] });
}

function wholeSecond(atMs: number): number {
  if (!Number.isFinite(atMs)) throw new UsageError({ field: 'time', value: atMs, rule: 'must be epoch milliseconds' });
  return Math.floor(atMs / SECOND_MS) * SECOND_MS;
}

interface TickRequest<K extends HistoricalTickKind> {
  readonly resolved: ResolvedContract;
  readonly options: HistoricalTicksOptions<K>;
  readonly fromMs: number;
  readonly signal: AbortSignal;
}

async function askTicks<K extends HistoricalTickKind>(deps: HistoryDeps, { resolved, options, fromMs, signal }: TickRequest<K>): Promise<readonly HistoricalTickOfKind[K][]> {
  const { kind, useRth = false, ignoreSize = false } = options;
  let ticks: HistoricalTickOfKind[K][] = [];
  const answer = await askHistory<readonly HistoricalTickOfKind[K][]>(deps, {
    query: { contract: lineKey(resolved), kind, range: `ticks ${utcText(fromMs)} ${useRth ? 'rth' : 'all'} ${ignoreSize ? 'prices' : 'sizes'}` },
    signal,
    spec: {
      name: `past ${kind} ticks of ${resolved.localSymbol}`,
      build: (reqId) => {
        // Of a request that was made before and never finished.
        ticks = [];
        return {
          type: 'reqHistoricalTicks', reqId, contract: wireContract(resolved), startDateTime: utcText(fromMs), endDateTime: '',
          numberOfTicks: TICKS_PER_REQUEST, whatToShow: kind, useRTH: useRth, ignoreSize,
        };
      },
      receive: (message, reply) => {
        const part = READ[kind](message);
        if (part === undefined) return;
        for (const tick of part.ticks) ticks.push(tick);
        if (part.done) reply.resolve(ticks);
      },
    },
  });
  return answer.kind === 'none' ? [] : answer.value;
}
