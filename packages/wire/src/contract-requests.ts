import { clientContract } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { layout, nested, optional, required, since, version } from './layout.js';
import { asciiOrUnset, asciiText, flag, integer } from './scalar.js';

/** Asks for every contract that fits. */
export interface ReqContractDetails {
  readonly type: 'reqContractDetails';
  readonly reqId: number;
  readonly contract: WireContract;
  readonly includeExpired?: boolean | undefined;
  readonly secIdType?: string | undefined;
  readonly secId?: string | undefined;
  /** Bonds. Since server version 176. */
  readonly issuerId?: string | undefined;
}

/** Asks for the expirations and strikes of the options on an underlying. */
export interface ReqSecDefOptParams {
  readonly type: 'reqSecDefOptParams';
  readonly reqId: number;
  readonly underlyingSymbol: string;
  /** Empty for all exchanges. */
  readonly futFopExchange: string;
  readonly underlyingSecType: string;
  readonly underlyingConId: number;
}

/** Asks for contracts whose symbol or name begins with a pattern. */
export interface ReqMatchingSymbols {
  readonly type: 'reqMatchingSymbols';
  readonly reqId: number;
  readonly pattern: string;
}

/** Asks for the price increments of a market rule. */
export interface ReqMarketRule {
  readonly type: 'reqMarketRule';
  readonly marketRuleId: number;
}

/** Requests about contracts. */
export type ContractRequest = ReqContractDetails | ReqSecDefOptParams | ReqMatchingSymbols | ReqMarketRule;

const reqId = required('reqId', integer);

export const contractRequestLayouts = {
  reqContractDetails: layout<ReqContractDetails>(9, 'reqContractDetails', [
    version(8),
    reqId,
    nested('contract', ...clientContract),
    optional('includeExpired', flag),
    optional('secIdType', asciiOrUnset),
    optional('secId', asciiOrUnset),
    since(176, optional('issuerId', asciiOrUnset)),
  ]),
  reqSecDefOptParams: layout<ReqSecDefOptParams>(78, 'reqSecDefOptParams', [
    reqId,
    required('underlyingSymbol', asciiText),
    required('futFopExchange', asciiText),
    required('underlyingSecType', asciiText),
    required('underlyingConId', integer),
  ]),
  reqMatchingSymbols: layout<ReqMatchingSymbols>(81, 'reqMatchingSymbols', [reqId, required('pattern', asciiText)]),
  reqMarketRule: layout<ReqMarketRule>(91, 'reqMarketRule', [required('marketRuleId', integer)]),
} as const;
