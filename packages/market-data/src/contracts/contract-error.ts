import { ContractError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ContractQuery } from './contract-query.js';
import { distinguishing } from './distinguishing.js';
import type { DistinguishingField } from './distinguishing.js';
import type { ResolvedContract } from './resolved-contract.js';

/** A contract that a question could mean, in `details.candidates` of an `IBKR_CONTRACT_AMBIGUOUS` error. */
export type ContractCandidate = Pick<
  ResolvedContract,
  'conId' | 'symbol' | 'secType' | 'exchange' | 'primaryExchange' | 'currency' | 'localSymbol' | 'tradingClass' | 'multiplier' | 'lastTradeDate' | 'strike' | 'right' | 'longName'
> & {
  /** What to add to the question to get this one. */
  readonly add: ContractQuery;
};

/** A contract whose name is like the one that nobody knows, in `details.suggestions` of an `IBKR_CONTRACT_NOT_FOUND` error. */
export interface ContractSuggestion {
  readonly conId: number | undefined;
  readonly symbol: string;
  readonly secType: string;
  readonly primaryExchange: string | undefined;
  readonly currency: string | undefined;
  readonly description: string | undefined;
}

/** How many alternatives a message spells out; all are in the details. */
const SPELLED_OUT = 5;

/** The error for a question that fits several contracts. */
export function ambiguousContract(asked: string, rows: readonly ResolvedContract[]): ContractError {
  const fields = distinguishing(rows);
  const candidates = rows.map((row) => candidateOf(row, fields));
  return new ContractError({
    code: 'IBKR_CONTRACT_AMBIGUOUS',
    message: `${asked} fits ${rows.length} contracts: ${spellOut(candidates.map(candidateText))}. Add ${fields.join(' and ')}`,
    tips: candidates.slice(0, SPELLED_OUT).map(({ add, longName }) => `For ${longName === '' ? 'one of them' : longName} add ${JSON.stringify(add)}.`),
    details: { candidates, distinguishedBy: fields },
  });
}

/** The error for a contract that trades no more, asked for as one that does. */
export function expiredContract(asked: string, endedIn: string, cause?: IbkrError): ContractError {
  return new ContractError({
    code: 'IBKR_CONTRACT_EXPIRED',
    message: `${asked} expired in ${endedIn}`,
    brokerCode: cause?.brokerCode,
    tips: ['Give a later date, or includeExpired: true to ask about its past (the broker keeps futures for two years, options not at all).'],
    details: { endedIn },
    cause,
  });
}

/** The error for a question that fits nothing. */
export function unknownContract(asked: string, facts: { readonly suggestions: readonly ContractSuggestion[]; readonly cause?: IbkrError }): ContractError {
  const { suggestions, cause } = facts;
  const similar = suggestions.length === 0 ? '' : ` Similar: ${spellOut(suggestions.map(suggestionText))}.`;
  return new ContractError({
    code: 'IBKR_CONTRACT_NOT_FOUND',
    message: `The broker knows no contract for ${asked}.${similar}`,
    brokerCode: cause?.brokerCode ?? 200,
    tips: cause?.tips ?? ['Check symbol, type, exchange and currency.'],
    details: { suggestions },
    cause,
  });
}

function candidateOf(row: ResolvedContract, fields: readonly DistinguishingField[]): ContractCandidate {
  const { conId, symbol, secType, exchange, primaryExchange, currency, localSymbol, tradingClass, multiplier, lastTradeDate, strike, right, longName } = row;
  const add = Object.freeze(Object.fromEntries(fields.map((field) => [field, row[field]])));
  return Object.freeze({ conId, symbol, secType, exchange, primaryExchange, currency, localSymbol, tradingClass, multiplier, lastTradeDate, strike, right, longName, add });
}

function candidateText(row: ContractCandidate): string {
  const parts = [row.localSymbol, row.secType, row.lastTradeDate, row.strike, row.right, row.primaryExchange ?? row.exchange, row.currency];
  return `${parts.filter((part) => part !== undefined).join(' ')} (conId ${row.conId})`;
}

function suggestionText(row: ContractSuggestion): string {
  return [row.symbol, row.secType, row.primaryExchange, row.currency].filter((part) => part !== undefined).join(' ');
}

function spellOut(texts: readonly string[]): string {
  const rest = texts.length - SPELLED_OUT;
  return `${texts.slice(0, SPELLED_OUT).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
