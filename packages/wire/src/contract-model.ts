import type { OptionRight, TagValue } from './scalar.js';

/** One leg of a combination. */
export interface WireComboLeg {
  readonly conId?: number | undefined;
  readonly ratio?: number | undefined;
  readonly action?: string | undefined;
  readonly exchange?: string | undefined;
  /** 0 same as the combination, 1 open, 2 close, 3 unknown. Orders only. */
  readonly openClose?: number | undefined;
  /** 0 none, 1 held by the broker, 2 held elsewhere. Orders only. */
  readonly shortSaleSlot?: number | undefined;
  readonly designatedLocation?: string | undefined;
  readonly exemptCode?: number | undefined;
}

/** The underlying of a delta-neutral combination. */
export interface WireDeltaNeutralContract {
  readonly conId: number;
  readonly delta: number;
  readonly price: number;
}

/** A contract as it travels. What is not on the wire, or says "none" there (strike 0, right `?`), is `undefined`. */
export interface WireContract {
  readonly conId?: number | undefined;
  readonly symbol?: string | undefined;
  /** STK, OPT, FUT, FOP, CASH, IND, BOND, CFD, CMDTY, CRYPTO, FUND, WAR, BAG, ... */
  readonly secType?: string | undefined;
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: OptionRight | undefined;
  /** Text: TWS sends it as typed by the exchange. */
  readonly multiplier?: string | undefined;
  readonly exchange?: string | undefined;
  readonly primaryExch?: string | undefined;
  readonly currency?: string | undefined;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  /** Also look among expired contracts. Requests of history, ticks, histograms and contract details. */
  readonly includeExpired?: boolean | undefined;
  /** ISIN, CUSIP, SEDOL or RIC. Orders. */
  readonly secIdType?: string | undefined;
  readonly secId?: string | undefined;
  /** The date alone, since server version 182. Contract details. */
  readonly lastTradeDate?: string | undefined;
  /** The legs of a BAG. */
  readonly comboLegs?: readonly WireComboLeg[] | undefined;
  /** The legs in words. Open and completed orders. */
  readonly comboLegsDescription?: string | undefined;
  readonly deltaNeutralContract?: WireDeltaNeutralContract | undefined;
}

/** Why a contract cannot be traded by this account. */
export interface WireIneligibilityReason {
  readonly id: string;
  readonly description: string;
}

/** A contract with everything that TWS knows about it. */
export interface WireContractDetails {
  readonly contract: WireContract;
  readonly marketName?: string | undefined;
  readonly minTick?: number | undefined;
  /** Comma separated. */
  readonly orderTypes?: string | undefined;
  /** Comma separated, in the order of {@link WireContractDetails.marketRuleIds}. */
  readonly validExchanges?: string | undefined;
  readonly priceMagnifier?: number | undefined;
  readonly underConId?: number | undefined;
  readonly longName?: string | undefined;
  readonly contractMonth?: string | undefined;
  readonly industry?: string | undefined;
  readonly category?: string | undefined;
  readonly subcategory?: string | undefined;
  /** The zone of the hours, IANA or an old name such as `US/Eastern`. */
  readonly timeZoneId?: string | undefined;
  /** `20250521:1700-20250522:1600;20250524:CLOSED` */
  readonly tradingHours?: string | undefined;
  readonly liquidHours?: string | undefined;
  readonly evRule?: string | undefined;
  readonly evMultiplier?: number | undefined;
  readonly secIdList?: readonly TagValue[] | undefined;
  readonly aggGroup?: number | undefined;
  readonly underSymbol?: string | undefined;
  readonly underSecType?: string | undefined;
  /** Comma separated ids for reqMarketRule. */
  readonly marketRuleIds?: string | undefined;
  readonly realExpirationDate?: string | undefined;
  readonly stockType?: string | undefined;
  readonly minSize?: number | undefined;
  readonly sizeIncrement?: number | undefined;
  readonly suggestedSizeIncrement?: number | undefined;
  readonly fundName?: string | undefined;
  readonly fundFamily?: string | undefined;
  readonly fundType?: string | undefined;
  readonly fundFrontLoad?: string | undefined;
  readonly fundBackLoad?: string | undefined;
  readonly fundBackLoadTimeInterval?: string | undefined;
  readonly fundManagementFee?: string | undefined;
  readonly fundClosed?: boolean | undefined;
  readonly fundClosedForNewInvestors?: boolean | undefined;
  readonly fundClosedForNewMoney?: boolean | undefined;
  readonly fundNotifyAmount?: string | undefined;
  readonly fundMinimumInitialPurchase?: string | undefined;
  readonly fundSubsequentMinimumPurchase?: string | undefined;
  readonly fundBlueSkyStates?: string | undefined;
  readonly fundBlueSkyTerritories?: string | undefined;
  readonly fundDistributionPolicyIndicator?: string | undefined;
  readonly fundAssetType?: string | undefined;
  readonly ineligibilityReasonList?: readonly WireIneligibilityReason[] | undefined;
}

/** A bond with everything that TWS knows about it. */
export interface WireBondDetails {
  readonly contract: WireContract;
  readonly cusip?: string | undefined;
  readonly coupon?: number | undefined;
  /** Date, or date, time and zone joined by `-`, as sent. */
  readonly maturity?: string | undefined;
  readonly issueDate?: string | undefined;
  readonly ratings?: string | undefined;
  readonly bondType?: string | undefined;
  readonly couponType?: string | undefined;
  readonly convertible?: boolean | undefined;
  readonly callable?: boolean | undefined;
  readonly putable?: boolean | undefined;
  readonly descAppend?: string | undefined;
  readonly marketName?: string | undefined;
  readonly minTick?: number | undefined;
  readonly orderTypes?: string | undefined;
  readonly validExchanges?: string | undefined;
  readonly nextOptionDate?: string | undefined;
  readonly nextOptionType?: string | undefined;
  readonly nextOptionPartial?: boolean | undefined;
  readonly notes?: string | undefined;
  readonly longName?: string | undefined;
  readonly timeZoneId?: string | undefined;
  readonly tradingHours?: string | undefined;
  readonly liquidHours?: string | undefined;
  readonly evRule?: string | undefined;
  readonly evMultiplier?: number | undefined;
  readonly secIdList?: readonly TagValue[] | undefined;
  readonly aggGroup?: number | undefined;
  readonly marketRuleIds?: string | undefined;
  readonly minSize?: number | undefined;
  readonly sizeIncrement?: number | undefined;
  readonly suggestedSizeIncrement?: number | undefined;
}
