import { ContractError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ResolvedContract } from './resolved-contract.js';

/** A contract that a question could mean, in `details.candidates` of an `IBKR_CONTRACT_AMBIGUOUS` error. */
export type ContractCandidate = Pick<
  ResolvedContract,
  'conId' | 'symbol' | 'secType' | 'exchange' | 'primaryExchange' | 'currency' | 'localSymbol' | 'lastTradeDate' | 'strike' | 'right' | 'longName'
>;

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
  const candidates = rows.map(candidateOf);
  return new ContractError({
    code: 'IBKR_CONTRACT_AMBIGUOUS',
    message: `${asked} fits ${rows.length} contracts: ${spellOut(candidates.map(candidateText))}. Add what tells them apart, or use the conId`,
    tips: ['Give conId, or primaryExchange, lastTradeDate, strike, right or tradingClass.'],
    details: { candidates },
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

function candidateOf(row: ResolvedContract): ContractCandidate {
  const { conId, symbol, secType, exchange, primaryExchange, currency, localSymbol, lastTradeDate, strike, right, longName } = row;
  return Object.freeze({ conId, symbol, secType, exchange, primaryExchange, currency, localSymbol, lastTradeDate, strike, right, longName });
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
