import { layout, optional, required, version } from './layout.js';
import { asciiOrUnset, asciiText, flag, integer } from './scalar.js';

/** Starts or ends the stream of account values and portfolio of one account. */
export interface ReqAccountUpdates {
  readonly type: 'reqAccountUpdates';
  readonly subscribe: boolean;
  readonly acctCode?: string | undefined;
}

/** Asks for, and stays subscribed to, the positions of every account. */
export interface ReqPositions {
  readonly type: 'reqPositions';
}

/** Ends the stream of positions. */
export interface CancelPositions {
  readonly type: 'cancelPositions';
}

/** Starts a stream of account summary values. */
export interface ReqAccountSummary {
  readonly type: 'reqAccountSummary';
  readonly reqId: number;
  /** `All`, or the name of an advisor's group. */
  readonly group: string;
  /** Comma separated; also `$LEDGER`, `$LEDGER:USD`, `$LEDGER:ALL`. */
  readonly tags: string;
}

/** Ends a stream of account summary values. */
export interface CancelAccountSummary {
  readonly type: 'cancelAccountSummary';
  readonly reqId: number;
}

/** Starts a stream of positions of one account and model. */
export interface ReqPositionsMulti {
  readonly type: 'reqPositionsMulti';
  readonly reqId: number;
  readonly account?: string | undefined;
  readonly modelCode?: string | undefined;
}

/** Ends a stream of positions of one account and model. */
export interface CancelPositionsMulti {
  readonly type: 'cancelPositionsMulti';
  readonly reqId: number;
}

/** Starts a stream of account values of one account and model. */
export interface ReqAccountUpdatesMulti {
  readonly type: 'reqAccountUpdatesMulti';
  readonly reqId: number;
  readonly account?: string | undefined;
  readonly modelCode?: string | undefined;
  readonly ledgerAndNLV?: boolean | undefined;
}

/** Ends a stream of account values of one account and model. */
export interface CancelAccountUpdatesMulti {
  readonly type: 'cancelAccountUpdatesMulti';
  readonly reqId: number;
}

/** Starts a stream of the profit and loss of an account. */
export interface ReqPnL {
  readonly type: 'reqPnL';
  readonly reqId: number;
  readonly account: string;
  readonly modelCode?: string | undefined;
}

/** Ends a stream of profit and loss. */
export interface CancelPnL {
  readonly type: 'cancelPnL';
  readonly reqId: number;
}

/** Starts a stream of the profit and loss of one position. */
export interface ReqPnLSingle {
  readonly type: 'reqPnLSingle';
  readonly reqId: number;
  readonly account: string;
  readonly modelCode?: string | undefined;
  readonly conId: number;
}

/** Ends a stream of the profit and loss of one position. */
export interface CancelPnLSingle {
  readonly type: 'cancelPnLSingle';
  readonly reqId: number;
}

/** Requests about accounts and positions. */
export type AccountRequest =
  | ReqAccountUpdates
  | ReqPositions
  | CancelPositions
  | ReqAccountSummary
  | CancelAccountSummary
  | ReqPositionsMulti
  | CancelPositionsMulti
  | ReqAccountUpdatesMulti
  | CancelAccountUpdatesMulti
  | ReqPnL
  | CancelPnL
  | ReqPnLSingle
  | CancelPnLSingle;

const reqId = required('reqId', integer);
const account = required('account', asciiText);
const optionalAccount = optional('account', asciiOrUnset);
const modelCode = optional('modelCode', asciiOrUnset);

export const accountRequestLayouts = {
  reqAccountUpdates: layout<ReqAccountUpdates>(6, 'reqAccountUpdates', [version(2), required('subscribe', flag), optional('acctCode', asciiOrUnset)]),
  reqPositions: layout<ReqPositions>(61, 'reqPositions', [version(1)]),
  cancelPositions: layout<CancelPositions>(64, 'cancelPositions', [version(1)]),
  reqAccountSummary: layout<ReqAccountSummary>(62, 'reqAccountSummary', [
    version(1),
    reqId,
    required('group', asciiText),
    required('tags', asciiText),
  ]),
  cancelAccountSummary: layout<CancelAccountSummary>(63, 'cancelAccountSummary', [version(1), reqId]),
  reqPositionsMulti: layout<ReqPositionsMulti>(74, 'reqPositionsMulti', [version(1), reqId, optionalAccount, modelCode]),
  cancelPositionsMulti: layout<CancelPositionsMulti>(75, 'cancelPositionsMulti', [version(1), reqId]),
  reqAccountUpdatesMulti: layout<ReqAccountUpdatesMulti>(76, 'reqAccountUpdatesMulti', [
    version(1),
    reqId,
    optionalAccount,
    modelCode,
    optional('ledgerAndNLV', flag),
  ]),
  cancelAccountUpdatesMulti: layout<CancelAccountUpdatesMulti>(77, 'cancelAccountUpdatesMulti', [version(1), reqId]),
  reqPnL: layout<ReqPnL>(92, 'reqPnL', [reqId, account, modelCode]),
  cancelPnL: layout<CancelPnL>(93, 'cancelPnL', [reqId]),
  reqPnLSingle: layout<ReqPnLSingle>(94, 'reqPnLSingle', [reqId, account, modelCode, required('conId', integer)]),
  cancelPnLSingle: layout<CancelPnLSingle>(95, 'cancelPnLSingle', [reqId]),
} as const;
