import { serverConId } from './contract-layouts.js';
import type { WireBondDetails, WireContractDetails } from './contract-model.js';
import { between, fixed, layout, list, nested, optional, optionalList, required, scalars, since, until, version, when } from './layout.js';
import { answerFlag } from './order-layouts.js';
import {
  UNSET_INT,
  escapedOrUnset,
  integer,
  lineOrUnset,
  lineText,
  nonZeroInteger,
  nonZeroNumber,
  number,
  optionRight,
  quantity,
  unsettableInteger,
} from './scalar.js';

/** One contract that fits. */
export interface ContractDetails {
  readonly type: 'contractDetails';
  readonly reqId: number;
  readonly details: WireContractDetails;
}

/** One bond that fits. */
export interface BondContractDetails {
  readonly type: 'bondContractDetails';
  readonly reqId: number;
  readonly details: WireBondDetails;
}

/** All contracts that fit have been sent. */
export interface ContractDetailsEnd {
  readonly type: 'contractDetailsEnd';
  readonly reqId: number;
}

/** The options on an underlying at one exchange. */
export interface SecDefOptParameter {
  readonly type: 'secDefOptParameter';
  readonly reqId: number;
  readonly exchange: string;
  readonly underlyingConId: number;
  readonly tradingClass: string;
  readonly multiplier: string;
  /** yyyymmdd */
  readonly expirations: readonly string[];
  readonly strikes: readonly number[];
}

/** The options at all exchanges have been sent. */
export interface SecDefOptParameterEnd {
  readonly type: 'secDefOptParameterEnd';
  readonly reqId: number;
}

/** A contract whose symbol or name fits a pattern. */
export interface WireSymbolSample {
  readonly contract: {
    readonly conId?: number | undefined;
    readonly symbol?: string | undefined;
    readonly secType?: string | undefined;
    readonly primaryExch?: string | undefined;
    readonly currency?: string | undefined;
    /** Since server version 176. */
    readonly description?: string | undefined;
    /** Since server version 176. */
    readonly issuerId?: string | undefined;
  };
  readonly derivativeSecTypes: readonly string[];
}

/** The contracts whose symbol or name fits a pattern. */
export interface SymbolSamples {
  readonly type: 'symbolSamples';
  readonly reqId: number;
  readonly contracts: readonly WireSymbolSample[];
}

/** The price increments of a market rule, each from its low edge up. */
export interface MarketRule {
  readonly type: 'marketRule';
  readonly marketRuleId: number;
  readonly priceIncrements: readonly { readonly lowEdge: number; readonly increment: number }[];
}

/** The contract of a request for quotation. TWS API: sent for delta-neutral orders that TWS completes. */
export interface DeltaNeutralValidation {
  readonly type: 'deltaNeutralValidation';
  readonly reqId: number;
  readonly deltaNeutralContract: { readonly conId: number; readonly delta: number; readonly price: number };
}

/** Answers about contracts. */
export type ContractMessage =
  | ContractDetails
  | BondContractDetails
  | ContractDetailsEnd
  | SecDefOptParameter
  | SecDefOptParameterEnd
  | SymbolSamples
  | MarketRule
  | DeltaNeutralValidation;

const reqId = required('reqId', integer);

/** TWS API: a size multiplier that is no longer used, before server version 164. */
const mdSizeMultiplier = until(164, fixed('1'));
const secIdList = optionalList('secIdList', required('tag', lineText), required('value', lineText));
const sizeRules = since(164, optional('minSize', quantity), optional('sizeIncrement', quantity), optional('suggestedSizeIncrement', quantity));

const fund = [
  optional('fundName', lineOrUnset),
  optional('fundFamily', lineOrUnset),
  optional('fundType', lineOrUnset),
  optional('fundFrontLoad', lineOrUnset),
  optional('fundBackLoad', lineOrUnset),
  optional('fundBackLoadTimeInterval', lineOrUnset),
  optional('fundManagementFee', lineOrUnset),
  answerFlag('fundClosed'),
  answerFlag('fundClosedForNewInvestors'),
  answerFlag('fundClosedForNewMoney'),
  optional('fundNotifyAmount', lineOrUnset),
  optional('fundMinimumInitialPurchase', lineOrUnset),
  optional('fundSubsequentMinimumPurchase', lineOrUnset),
  optional('fundBlueSkyStates', lineOrUnset),
  optional('fundBlueSkyTerritories', lineOrUnset),
  optional('fundDistributionPolicyIndicator', lineOrUnset),
  optional('fundAssetType', lineOrUnset),
] as const;

const GROWS = { surplus: 'ignored' } as const;

export const contractMessageLayouts = {
  contractDetails: layout<ContractDetails>(10, 'contractDetails', [
    until(164, version(8)),
    reqId,
    nested(
      'details',
      nested(
        'contract',
        optional('symbol', lineOrUnset),
        optional('secType', lineOrUnset),
        optional('lastTradeDateOrContractMonth', lineOrUnset),
        since(182, optional('lastTradeDate', lineOrUnset)),
        optional('strike', nonZeroNumber, '0'),
        optional('right', optionRight),
        optional('exchange', lineOrUnset),
        optional('currency', lineOrUnset),
        optional('localSymbol', lineOrUnset),
      ),
      optional('marketName', lineOrUnset),
      nested('contract', optional('tradingClass', lineOrUnset), serverConId),
      optional('minTick', number),
      mdSizeMultiplier,
      nested('contract', optional('multiplier', lineOrUnset)),
      optional('orderTypes', lineOrUnset),
      optional('validExchanges', lineOrUnset),
      optional('priceMagnifier', unsettableInteger),
      optional('underConId', nonZeroInteger, '0'),
      optional('longName', escapedOrUnset),
      nested('contract', optional('primaryExch', lineOrUnset)),
      optional('contractMonth', lineOrUnset),
      optional('industry', lineOrUnset),
      optional('category', lineOrUnset),
      optional('subcategory', lineOrUnset),
      optional('timeZoneId', lineOrUnset),
      optional('tradingHours', lineOrUnset),
      optional('liquidHours', lineOrUnset),
      optional('evRule', lineOrUnset),
      optional('evMultiplier', number),
      secIdList,
      optional('aggGroup', unsettableInteger, UNSET_INT),
      optional('underSymbol', lineOrUnset),
      optional('underSecType', lineOrUnset),
      optional('marketRuleIds', lineOrUnset),
      optional('realExpirationDate', lineOrUnset),
      optional('stockType', lineOrUnset),
      between(163, 163, fixed('1')),
      sizeRules,
      since(179, when(['contract', 'secType'], ['FUND'], ...fund)),
      since(186, optionalList('ineligibilityReasonList', required('id', lineText), required('description', lineText))),
    ),
  ], GROWS),
  bondContractDetails: layout<BondContractDetails>(18, 'bondContractDetails', [
    until(164, version(6)),
    reqId,
    nested(
      'details',
      nested('contract', optional('symbol', lineOrUnset), optional('secType', lineOrUnset)),
      optional('cusip', lineOrUnset),
      optional('coupon', number),
      optional('maturity', lineOrUnset),
      optional('issueDate', lineOrUnset),
      optional('ratings', lineOrUnset),
      optional('bondType', lineOrUnset),
      optional('couponType', lineOrUnset),
      answerFlag('convertible'),
      answerFlag('callable'),
      answerFlag('putable'),
      optional('descAppend', lineOrUnset),
      nested('contract', optional('exchange', lineOrUnset), optional('currency', lineOrUnset)),
      optional('marketName', lineOrUnset),
      nested('contract', optional('tradingClass', lineOrUnset), serverConId),
      optional('minTick', number),
      mdSizeMultiplier,
      optional('orderTypes', lineOrUnset),
      optional('validExchanges', lineOrUnset),
      optional('nextOptionDate', lineOrUnset),
      optional('nextOptionType', lineOrUnset),
      answerFlag('nextOptionPartial'),
      optional('notes', lineOrUnset),
      optional('longName', lineOrUnset),
      since(188, optional('timeZoneId', lineOrUnset), optional('tradingHours', lineOrUnset), optional('liquidHours', lineOrUnset)),
      optional('evRule', lineOrUnset),
      optional('evMultiplier', number),
      secIdList,
      optional('aggGroup', unsettableInteger, UNSET_INT),
      optional('marketRuleIds', lineOrUnset),
      sizeRules,
    ),
  ], GROWS),
  contractDetailsEnd: layout<ContractDetailsEnd>(52, 'contractDetailsEnd', [version(1), reqId]),
  secDefOptParameter: layout<SecDefOptParameter>(75, 'secDefOptParameter', [
    reqId,
    required('exchange', lineText),
    required('underlyingConId', integer),
    required('tradingClass', lineText),
    required('multiplier', lineText),
    scalars('expirations', lineText),
    scalars('strikes', number),
  ]),
  secDefOptParameterEnd: layout<SecDefOptParameterEnd>(76, 'secDefOptParameterEnd', [reqId]),
  symbolSamples: layout<SymbolSamples>(79, 'symbolSamples', [
    reqId,
    list(
      'contracts',
      nested(
        'contract',
        serverConId,
        optional('symbol', lineOrUnset),
        optional('secType', lineOrUnset),
        optional('primaryExch', lineOrUnset),
        optional('currency', lineOrUnset),
      ),
      scalars('derivativeSecTypes', lineText),
      since(176, nested('contract', optional('description', lineOrUnset), optional('issuerId', lineOrUnset))),
    ),
  ]),
  marketRule: layout<MarketRule>(93, 'marketRule', [
    required('marketRuleId', integer),
    list('priceIncrements', required('lowEdge', number), required('increment', number)),
  ]),
  deltaNeutralValidation: layout<DeltaNeutralValidation>(56, 'deltaNeutralValidation', [
    version(1),
    reqId,
    nested('deltaNeutralContract', required('conId', integer), required('delta', number), required('price', number)),
  ]),
} as const;
