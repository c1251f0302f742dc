import { UsageError } from '@ibkit/error-codes';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { askHistory } from '../history/history-request.js';
import type { HistoryDeps } from '../history/history-request.js';

/** How much was traded at a price. */
export interface HistogramRow {
  readonly price: number;
  readonly size: number;
}

/** Which time a histogram is of. */
export interface HistogramOptions {
  /** Back from now: a number of seconds, minutes, hours, days, weeks, months or years, such as `3 days`. */
  readonly period: string;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** TWS API: time period of reqHistogramData. */
const PERIOD = /^[1-9]\d{0,3} (second|minute|hour|day|week|month|year)s?$/u;

/** @throws UsageError for a period that TWS cannot read. */
export function checkedPeriod(period: string): string {
  if (PERIOD.test(period)) return period;
  throw new UsageError({ field: 'period', value: period, rule: 'must be a number of seconds, minutes, hours, days, weeks, months or years, such as "3 days"' });
}

/** Asks how much was traded at which price, lowest first; empty when nothing was. */
export async function askHistogram(deps: HistoryDeps, request: { readonly contract: ResolvedContract; readonly period: string; readonly useRth: boolean; readonly signal: AbortSignal }): Promise<readonly HistogramRow[]> {
  const { contract, period, useRth, signal } = request;
  const answer = await askHistory<readonly HistogramRow[]>(deps, {
    // It counts among the open queries, and is no query of small bars.
    query: { contract: lineKey(contract), kind: 'HISTOGRAM', barSize: '1 min', range: `${period} ${useRth ? 'rth' : 'all'}` },
    signal,
    spec: {
      name: `histogram of ${contract.localSymbol}`,
      build: (reqId) => ({ type: 'reqHistogramData', reqId, contract: wireContract(contract), useRTH: useRth, timePeriod: period }),
      receive: (message, reply) => {
        if (message.type !== 'histogramData') return;
        reply.resolve(message.items.map(({ price, size = 0 }) => Object.freeze({ price, size })).sort((a, b) => a.price - b.price));
      },
      cancel: (reqId) => ({ type: 'cancelHistogramData', reqId }),
    },
  });
  return answer.kind === 'none' ? [] : answer.value;
}
