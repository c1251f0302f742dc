import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { checkedBarSize } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import type { HistoryBar } from './history-bar.js';
import { checkCursor } from './history-cursor.js';
import type { HistoryCursor } from './history-cursor.js';
import { HISTORY_KINDS, checkHistoryOrder, checkHistoryRange, checkHistoryTime, checkedKind, instantOfTime } from './history-range.js';
import type { HistoryKind, HistoryTime } from './history-range.js';
import { serverNow } from './history-request.js';
import type { HistoryDeps } from './history-request.js';
import { HistoryRun, zoneOf } from './history-run.js';
import { PagedHistory, historyListeners } from './history-stream.js';
import type { HistoryEvents, HistoryState, HistoryStream } from './history-stream.js';

/** What bars are wanted. */
export interface HistoryOptions {
  /** Bars that begin here or later: epoch milliseconds, a `Date`, or a day `YYYY-MM-DD`, which means its midnight in the contract's zone. */
  readonly from: HistoryTime;
  /** Bars that begin before it. Bars of a day and more: of every day (week, month) that the range touches. @defaultValue now */
  readonly to?: HistoryTime | undefined;
  readonly barSize: BarSize;
  /** @defaultValue 'TRADES' */
  readonly what?: HistoryKind | undefined;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  /** Goes on where an earlier stream of the same bars was: its `cursor`. `from` and `to` then count for nothing. */
  readonly resume?: HistoryCursor | undefined;
  /** Ends the stream with its reason, so that a part is never taken for the whole. */
  readonly signal?: AbortSignal | undefined;
}

const NOTHING: HistoryState = Object.freeze({ progress: Object.freeze({ done: 0, total: 0, bars: 0, etaMs: 0 }), gaps: Object.freeze([]), cursor: undefined });

/** Finds the contract of a request, waiting for a session when there is none. */
export function findContract(finder: ContractFinder, contract: ContractLike, signal: AbortSignal): Promise<ResolvedContract> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      const reason: unknown = signal.reason;
      reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    const settled = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    finder.find(contract, signal, {
      found: (resolved) => {
        settled(() => {
          resolve(resolved);
        });
      },
      failed: (error) => {
        settled(() => {
          reject(error);
        });
      },
    });
  });
}

/** Opens a stream of bars. @throws UsageError for what cannot be understood; everything else ends the stream. */
export function openHistory(deps: HistoryDeps, finder: ContractFinder, request: { readonly contract: ContractLike; readonly options: HistoryOptions; readonly stop: AbortSignal }): HistoryStream {
  const { contract, options, stop } = request;
  const barSize = checkedBarSize(options.barSize);
  const what = checkedKind('what', options.what ?? 'TRADES', HISTORY_KINDS);
  const useRth = options.useRth ?? false;
  const { from, to, resume } = options;
  contractName(contract);
  checkHistoryTime('from', from);
  if (to !== undefined) checkHistoryTime('to', to);
  if (resume === undefined) checkHistoryOrder(from, to);
  const listeners = historyListeners();
  const tell = <E extends keyof HistoryEvents>(type: E, event: HistoryEvents[E]): void => {
    for (const listener of [...listeners[type]]) listener(event);
  };
  let run: HistoryRun | undefined;
  async function* pages(signal: AbortSignal): AsyncGenerator<readonly HistoryBar[], void> {
    const resolved = await findContract(finder, contract, signal);
    const cursor = resume === undefined ? undefined : checkCursor(resume, { conId: resolved.conId, exchange: resolved.exchange, barSize, what, useRth });
    const zone = zoneOf(resolved);
    const fromMs = cursor?.nextMs ?? instantOfTime(from, zone);
    const nowMs = serverNow(deps);
    const toMs = cursor?.toMs ?? (to === undefined ? nowMs : instantOfTime(to, zone));
    if (cursor === undefined) checkHistoryRange({ fromMs, toMs }, nowMs);
    run = new HistoryRun(deps, { contract: resolved, barSize, what, useRth, fromMs, toMs }, tell);
    yield* run.pages(signal);
  }
  return new PagedHistory({
    pages,
    signals: [options.signal, stop],
    listeners,
    state: () => run?.state ?? NOTHING,
    onItem: (bar) => run?.handedOver(bar),
  });
}
