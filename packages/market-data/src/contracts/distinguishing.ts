import type { ResolvedContract } from './resolved-contract.js';

/** What a question can be completed with, what people know best first. */
const FIELDS = ['currency', 'primaryExchange', 'lastTradeDate', 'strike', 'right', 'tradingClass', 'multiplier', 'secType', 'exchange', 'localSymbol'] as const;

/** A field of a contract that can tell it from others. */
export type DistinguishingField = (typeof FIELDS)[number] | 'conId';

/** The fewest fields that together tell all contracts apart, up to three; else the contract id. */
export function distinguishing(rows: readonly ResolvedContract[]): readonly DistinguishingField[] {
  const useful = FIELDS.filter((field) => new Set(rows.map((row) => row[field])).size > 1 && rows.every((row) => row[field] !== undefined && row[field] !== ''));
  for (const a of useful) if (tellsApart(rows, [a])) return [a];
  for (const [index, a] of useful.entries()) {
    for (const b of useful.slice(index + 1)) if (tellsApart(rows, [a, b])) return [a, b];
  }
  for (const [index, a] of useful.entries()) {
    for (const [next, b] of useful.slice(index + 1).entries()) {
      for (const c of useful.slice(index + next + 2)) if (tellsApart(rows, [a, b, c])) return [a, b, c];
    }
  }
  return ['conId'];
}

function tellsApart(rows: readonly ResolvedContract[], fields: readonly DistinguishingField[]): boolean {
  return new Set(rows.map((row) => JSON.stringify(fields.map((field) => row[field])))).size === rows.length;
}
