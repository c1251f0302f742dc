import type { OptionRight } from '../contracts/contract-query.js';
import type { ChainEntry } from './chain-entry.js';
import { leastChainTimeMs } from './least-time.js';
import type { OptionChainRow, OptionRowPart, IncompleteReason } from './option-row.js';

/** How far a chain is. */
export interface OptionChainProgress {
  /** Contracts in the window, as far as they are known; `undefined` until the first expiry is. */
  readonly contracts: number | undefined;
  /** Those that are complete now. */
  readonly complete: number;
  /** Those that have a line now. */
  readonly watched: number;
  readonly stale: number;
  readonly refused: number;
  /** Expiries whose contracts are known, and those that are wanted. */
  readonly expiriesKnown: number;
  readonly expiries: number;
  /** Since the call, milliseconds. */
  readonly elapsedMs: number;
  /** What the chain takes at least by its size, its lines and 45 messages per second, milliseconds: see `leastChainTimeMs`. */
  readonly leastMs: number;
  /** The most lines that it held at a time, that of the underlying not counted. */
  readonly mostLines: number;
}

/** A contract that is not complete, and why. */
export interface MissingOption {
  readonly conId: number;
  readonly localSymbol: string;
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly tradingClass: string;
  readonly missing: readonly OptionRowPart[];
  readonly reason: IncompleteReason;
  /** The same in words. */
  readonly message: string;
}

/** An expiry whose contracts could not be learned. */
export interface MissingExpiry {
  readonly expiry: string;
  readonly tradingClass: string;
  readonly message: string;
}

/**
 * Why a chain is partial.
 * `deadline`: the time was up before everything was read. `rows`: everything was asked for, and some did not become complete.
 * `definitions`: the contracts of an expiry could not be learned. `noLine`: no quote line could be had. `disconnected`: there was no link to the
 * broker when the time was up.
 */
export type PartialReason = 'deadline' | 'rows' | 'definitions' | 'noLine' | 'disconnected';

/** What a partial chain lacks. */
export interface OptionChainPartial {
  readonly reason: PartialReason;
  readonly message: string;
  readonly missing: readonly MissingOption[];
  readonly missingExpiries: readonly MissingExpiry[];
  readonly progress: OptionChainProgress;
}

/** Strikes of a class that do not exist in an expiry, or that the broker does not know any more (200): left out, never guessed. */
export interface LeftOutOptions {
  readonly expiry: string;
  readonly tradingClass: string;
  readonly right: OptionRight;
  readonly strikes: readonly number[];
}

const REASON_TEXT: Readonly<Record<IncompleteReason, string>> = {
  'not-read': 'no line was free for it',
  waiting: 'the broker was asked a moment ago',
  'no-answer': 'the broker was asked and did not send it',
  'no-greeks': 'the broker sent no Greeks, and the prices give none',
  refused: 'the broker refused it',
  stale: 'what is known is from before a break',
};

/** How far a chain is, by its contracts, its expiries and its lines. */
export function progressOf({ entries, known, wanted, elapsedMs, lines }: {
  readonly entries: readonly CountedEntry[];
  readonly known: number;
  readonly wanted: number;
  readonly elapsedMs: number;
  readonly lines: { readonly mostOpen: number; readonly expected: number };
}): OptionChainProgress {
  const count = (test: (entry: CountedEntry) => boolean): number => entries.filter(test).length;
  return Object.freeze({
    contracts: known === 0 ? undefined : entries.length,
    complete: count(({ complete }) => complete),
    watched: count(({ watched }) => watched),
    stale: count(({ stale }) => stale),
    refused: count(({ refusal }) => refusal !== undefined),
    expiriesKnown: known,
    expiries: wanted,
    elapsedMs,
    // The definitions and the underlying cost a message each.
    leastMs: leastChainTimeMs({ contracts: entries.length, lines: lines.expected, lookUps: wanted + 2 }),
    mostLines: lines.mostOpen,
  });
}

/** What a row that is not complete lacks. */
export function missingOption(row: OptionChainRow): MissingOption {
  const { conId, contract, expiry, strike, right, tradingClass, missing, error, staleReason, noLocalGreeks } = row;
  const reason = row.incompleteReason ?? 'waiting';
  const why = error?.message ?? staleReason ?? (reason === 'no-greeks' && noLocalGreeks !== undefined ? `${REASON_TEXT[reason]} (${noLocalGreeks})` : REASON_TEXT[reason]);
  const what = missing.length === 0 ? 'not trustworthy' : `without ${missing.join(', ')}`;
  return Object.freeze({ conId, localSymbol: contract.localSymbol, expiry, strike, right, tradingClass, missing, reason, message: `${contract.localSymbol}: ${what}: ${why}` });
}

/** What is counted of a contract. */
type CountedEntry = Pick<ChainEntry, 'complete' | 'watched' | 'stale' | 'refusal'>;

/** What a partial chain says about itself. */
export function partialOf(facts: {
  readonly rows: readonly OptionChainRow[];
  readonly missingExpiries: readonly MissingExpiry[];
  readonly progress: OptionChainProgress;
  readonly link: string | undefined;
}): OptionChainPartial {
  const { rows, missingExpiries, progress, link } = facts;
  const missing = rows.filter((row) => !row.complete).map(missingOption);
  const reason = reasonOf(facts, missing);
  const total = progress.contracts ?? 0;
  const took = Math.round(progress.elapsedMs);
  const texts: Readonly<Record<PartialReason, string>> = {
    deadline: `${missing.length} of ${total} contracts were not complete after ${took} ms; the limits alone take ${Math.round(progress.leastMs)} ms`,
    rows: `${missing.length} of ${total} contracts were asked for and did not become complete`,
    definitions: `The contracts of ${missingExpiries.length} of ${progress.expiries} expiries could not be learned`,
    noLine: 'No quote line could be had: others hold them all',
    disconnected: `The data cannot arrive: ${link ?? 'no link'}`,
  };
  return Object.freeze({ reason, message: texts[reason], missing: Object.freeze(missing), missingExpiries: Object.freeze([...missingExpiries]), progress });
}

function reasonOf(facts: Parameters<typeof partialOf>[0], missing: readonly MissingOption[]): PartialReason {
  if (facts.link !== undefined) return 'disconnected';
  const { progress } = facts;
  if (missing.length > 0 && progress.mostLines === 0) return 'noLine';
  if (missing.some(({ reason }) => reason === 'not-read' || reason === 'waiting' || reason === 'stale')) return 'deadline';
  if (progress.contracts === undefined || progress.expiriesKnown + facts.missingExpiries.length < progress.expiries) return 'deadline';
  return facts.missingExpiries.length > 0 && missing.length === 0 ? 'definitions' : 'rows';
}
