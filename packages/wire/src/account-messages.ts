import { serverConId, serverContract, serverInstrument } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { layout, nested, optional, required, version } from './layout.js';
import { UNSET_DOUBLE, integer, lineOrUnset, lineText, number, quantity } from './scalar.js';

/** One account value, as text. */
export interface AccountValue {
  readonly type: 'accountValue';
  readonly key: string;
  readonly value: string;
  readonly currency: string;
  readonly accountName: string;
}

/** One line of the portfolio. */
export interface PortfolioValue {
  readonly type: 'portfolioValue';
  readonly contract: WireContract;
  readonly position: number;
  readonly marketPrice?: number | undefined;
  readonly marketValue?: number | undefined;
  readonly averageCost?: number | undefined;
  readonly unrealizedPNL?: number | undefined;
  readonly realizedPNL?: number | undefined;
  readonly accountName: string;
}

/** When the account values were computed, `hh:mm` in the zone of TWS. */
export interface AccountUpdateTime {
  readonly type: 'accountUpdateTime';
  readonly timeStamp: string;
}

/** All account values and positions have been sent once. */
export interface AccountDownloadEnd {
  readonly type: 'accountDownloadEnd';
  readonly accountName: string;
}

/** One position. */
export interface Position {
  readonly type: 'position';
  readonly account: string;
  readonly contract: WireContract;
  readonly position: number;
  readonly avgCost?: number | undefined;
}

/** All positions have been sent once. */
export interface PositionEnd {
  readonly type: 'positionEnd';
}

/** One account summary value, as text. */
export interface AccountSummary {
  readonly type: 'accountSummary';
  readonly reqId: number;
  readonly account: string;
  readonly tag: string;
  readonly value: string;
  readonly currency: string;
}

/** All account summary values have been sent once. */
export interface AccountSummaryEnd {
  readonly type: 'accountSummaryEnd';
  readonly reqId: number;
}

/** One position of one account and model. */
export interface PositionMulti {
  readonly type: 'positionMulti';
  readonly reqId: number;
  readonly account: string;
  readonly contract: WireContract;
  readonly position: number;
  readonly avgCost?: number | undefined;
  readonly modelCode?: string | undefined;
}

/** All positions of one account and model have been sent once. */
export interface PositionMultiEnd {
  readonly type: 'positionMultiEnd';
  readonly reqId: number;
}

/** One account value of one account and model, as text. */
export interface AccountUpdateMulti {
  readonly type: 'accountUpdateMulti';
  readonly reqId: number;
  readonly account: string;
  readonly modelCode?: string | undefined;
  readonly key: string;
  readonly value: string;
  readonly currency: string;
}

/** All account values of one account and model have been sent once. */
export interface AccountUpdateMultiEnd {
  readonly type: 'accountUpdateMultiEnd';
  readonly reqId: number;
}

/** The profit and loss of an account. */
export interface PnL {
  readonly type: 'pnl';
  readonly reqId: number;
  readonly dailyPnL?: number | undefined;
  readonly unrealizedPnL?: number | undefined;
  readonly realizedPnL?: number | undefined;
}

/** The profit and loss of one position. */
export interface PnLSingle {
  readonly type: 'pnlSingle';
  readonly reqId: number;
  readonly position?: number | undefined;
  readonly dailyPnL?: number | undefined;
  readonly unrealizedPnL?: number | undefined;
  readonly realizedPnL?: number | undefined;
  readonly value?: number | undefined;
}

/** Answers and streams about accounts and positions. */
export type AccountMessage =
  | AccountValue
  | PortfolioValue
  | AccountUpdateTime
  | AccountDownloadEnd
  | Position
  | PositionEnd
  | AccountSummary
  | AccountSummaryEnd
  | PositionMulti
  | PositionMultiEnd
  | AccountUpdateMulti
  | AccountUpdateMultiEnd
  | PnL
  | PnLSingle;

const reqId = required('reqId', integer);

/** TWS API: Double.MAX_VALUE stands for a value that is not known. */
function amount<K extends string>(key: K) {
  return optional(key, number, UNSET_DOUBLE);
}

const answerAccount = required('account', lineText);
const answerModel = optional('modelCode', lineOrUnset);
const position = required('position', quantity);

export const accountMessageLayouts = {
  accountValue: layout<AccountValue>(6, 'accountValue', [
    version(2),
    required('key', lineText),
    required('value', lineText),
    required('currency', lineText),
    required('accountName', lineText),
  ]),
  portfolioValue: layout<PortfolioValue>(7, 'portfolioValue', [
    version(8),
    nested(
      'contract',
      serverConId,
      ...serverInstrument,
      optional('multiplier', lineOrUnset),
      optional('primaryExch', lineOrUnset),
      optional('currency', lineOrUnset),
      optional('localSymbol', lineOrUnset),
      optional('tradingClass', lineOrUnset),
    ),
    position,
    amount('marketPrice'),
    amount('marketValue'),
    amount('averageCost'),
    amount('unrealizedPNL'),
    amount('realizedPNL'),
    required('accountName', lineText),
  ]),
  accountUpdateTime: layout<AccountUpdateTime>(8, 'accountUpdateTime', [version(1), required('timeStamp', lineText)]),
  accountDownloadEnd: layout<AccountDownloadEnd>(54, 'accountDownloadEnd', [version(1), required('accountName', lineText)]),
  position: layout<Position>(61, 'position', [version(3), answerAccount, nested('contract', ...serverContract), position, amount('avgCost')]),
  positionEnd: layout<PositionEnd>(62, 'positionEnd', [version(1)]),
  accountSummary: layout<AccountSummary>(63, 'accountSummary', [
    version(1),
    reqId,
    answerAccount,
    required('tag', lineText),
    required('value', lineText),
    required('currency', lineText),
  ]),
  accountSummaryEnd: layout<AccountSummaryEnd>(64, 'accountSummaryEnd', [version(1), reqId]),
  positionMulti: layout<PositionMulti>(71, 'positionMulti', [
    version(1),
    reqId,
    answerAccount,
    nested('contract', ...serverContract),
    position,
    amount('avgCost'),
    answerModel,
  ]),
  positionMultiEnd: layout<PositionMultiEnd>(72, 'positionMultiEnd', [version(1), reqId]),
  accountUpdateMulti: layout<AccountUpdateMulti>(73, 'accountUpdateMulti', [
    version(1),
    reqId,
    answerAccount,
    answerModel,
    required('key', lineText),
    required('value', lineText),
    required('currency', lineText),
  ]),
  accountUpdateMultiEnd: layout<AccountUpdateMultiEnd>(74, 'accountUpdateMultiEnd', [version(1), reqId]),
  pnl: layout<PnL>(94, 'pnl', [reqId, amount('dailyPnL'), amount('unrealizedPnL'), amount('realizedPnL')]),
  pnlSingle: layout<PnLSingle>(95, 'pnlSingle', [
    reqId,
    optional('position', quantity),
    amount('dailyPnL'),
    amount('unrealizedPnL'),
    amount('realizedPnL'),
    amount('value'),
  ]),
} as const;
