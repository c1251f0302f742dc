import type { ContractLike } from '../contracts/contract-finder.js';
import { contractName } from '../contracts/contract-finder.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { barSeconds, checkedBarSize } from './bar-size.js';
import type { HistoryOptions } from './history.js';
import { HISTORY_KINDS, checkHistoryOrder, checkHistoryRange, checkHistoryTime, checkedKind, instantOfTime } from './history-range.js';
import { serverNow } from './history-request.js';
import type { HistoryDeps } from './history-request.js';
import { HistoryRun, zoneOf } from './history-run.js';

/** What a range of bars would cost, before anything of it is asked for. */
export interface HistoryEstimate {
  readonly contract: ResolvedContract;
  /** The range, epoch milliseconds: days are read in the contract's zone, and no end means now. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How many requests it takes. */
  readonly requests: number;
  /** Milliseconds until the last answer: by the pacing rules, with what was sent already, at about a second for an answer. */
  readonly estimatedMs: number;
  /** The rules that hold for these requests, in words. */
  readonly rules: readonly string[];
}

/** Bars up to this length are counted by the rules for small bars (TWS API: historical data limitations). */
const SMALL_BAR_SECONDS = 30;

/** What bars are to be estimated: as for a history, without what is only about reading them. */
export type HistoryEstimateOptions = Omit<HistoryOptions, 'resume'>;

/** Estimates a range. @throws UsageError for what cannot be understood; the errors of a look-up. */
export async function estimateHistory(
  deps: HistoryDeps,
  request: { readonly contract: ContractLike; readonly options: HistoryEstimateOptions; readonly find: () => Promise<ResolvedContract> },
): Promise<HistoryEstimate> {
  const { options } = request;
  const barSize = checkedBarSize(options.barSize);
  const what = checkedKind('what', options.what ?? 'TRADES', HISTORY_KINDS);
  contractName(request.contract);
  checkHistoryTime('from', options.from);
  if (options.to !== undefined) checkHistoryTime('to', options.to);
  checkHistoryOrder(options.from, options.to);
  const contract = await request.find();
  const zone = zoneOf(contract);
  const nowMs = serverNow(deps);
  const fromMs = instantOfTime(options.from, zone);
  const toMs = options.to === undefined ? nowMs : instantOfTime(options.to, zone);
  checkHistoryRange({ fromMs, toMs }, nowMs);
  // A run that nobody reads from asks for nothing.
  const { progress } = new HistoryRun(deps, { contract, barSize, what, useRth: options.useRth ?? false, fromMs, toMs }, () => undefined).state;
  const small = barSeconds(barSize) <= SMALL_BAR_SECONDS;
  return Object.freeze({ contract, fromMs, toMs, requests: progress.total, estimatedMs: progress.etaMs, rules: Object.freeze(rulesOf(small, what)) });
}

/** TWS API: historical data limitations. */
function rulesOf(small: boolean, what: string): string[] {
  const open = 'at most 50 requests without their answer at a time';
  if (!small) return [open];
  const weight = what === 'BID_ASK' ? ['BID_ASK counts twice'] : [];
  return ['at most 60 requests for bars of 30 seconds and less in any ten minutes', 'at most 5 requests for one contract in any two seconds', ...weight, open];
}
