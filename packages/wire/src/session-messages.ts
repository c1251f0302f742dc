import { layout, optional, required, since, tail, version } from './layout.js';
import { asciiDocument, asciiOrUnset, asciiText, documentText, escapedOrUnset, escapedText, integer, lineText } from './scalar.js';

/** The first request of every session: names the client. */
export interface StartApi {
  readonly type: 'startApi';
  readonly clientId: number;
  readonly optionalCapabilities?: string | undefined;
}

/** Asks for the time of the server; also serves as a sign of life. */
export interface ReqCurrentTime {
  readonly type: 'reqCurrentTime';
}

/** Asks for the accounts of the login. */
export interface ReqManagedAccts {
  readonly type: 'reqManagedAccts';
}

/** Chooses how much TWS logs about this client: 1 system to 5 detail. */
export interface SetServerLogLevel {
  readonly type: 'setServerLogLevel';
  readonly logLevel: number;
}

/** Asks for facts about the login. Since server version 167. */
export interface ReqUserInfo {
  readonly type: 'reqUserInfo';
  readonly reqId: number;
}

/** Asks for an advisor's groups (1) or aliases (3). */
export interface RequestFA {
  readonly type: 'requestFA';
  readonly faDataType: number;
}

/** Replaces an advisor's groups (1) or aliases (3). */
export interface ReplaceFA {
  readonly type: 'replaceFA';
  readonly faDataType: number;
  readonly xml: string;
  readonly reqId: number;
}

/** Asks for the display groups of TWS. */
export interface QueryDisplayGroups {
  readonly type: 'queryDisplayGroups';
  readonly reqId: number;
}

/** Starts a stream of the contract that a display group shows. */
export interface SubscribeToGroupEvents {
  readonly type: 'subscribeToGroupEvents';
  readonly reqId: number;
  readonly groupId: number;
}

/** Shows a contract in a display group: `conId@exchange`, `none` or `combo`. */
export interface UpdateDisplayGroup {
  readonly type: 'updateDisplayGroup';
  readonly reqId: number;
  readonly contractInfo: string;
}

/** Ends a stream of a display group. */
export interface UnsubscribeFromGroupEvents {
  readonly type: 'unsubscribeFromGroupEvents';
  readonly reqId: number;
}

/** Asks for the soft dollar tiers of the login. */
export interface ReqSoftDollarTiers {
  readonly type: 'reqSoftDollarTiers';
  readonly reqId: number;
}

/** Asks which accounts belong together. */
export interface ReqFamilyCodes {
  readonly type: 'reqFamilyCodes';
}

/** Requests about the session, the login and TWS itself. */
export type SessionRequest =
  | StartApi
  | ReqCurrentTime
  | ReqManagedAccts
  | SetServerLogLevel
  | ReqUserInfo
  | RequestFA
  | ReplaceFA
  | QueryDisplayGroups
  | SubscribeToGroupEvents
  | UpdateDisplayGroup
  | UnsubscribeFromGroupEvents
  | ReqSoftDollarTiers
  | ReqFamilyCodes;

/** A code of TWS: an error of a request or order, or, with id -1, a notice about the system. */
export interface ErrMsg {
  readonly type: 'errMsg';
  /** Request id, order id, or -1. */
  readonly id: number;
  readonly code: number;
  readonly msg: string;
  /** Why an order was rejected, as JSON. Since server version 166. */
  readonly advancedRejectJson?: string | undefined;
}

/** The lowest order id that this client may use next. Sent at the beginning of every session. */
export interface NextValidId {
  readonly type: 'nextValidId';
  readonly orderId: number;
}

/** The accounts of the login. */
export interface ManagedAccounts {
  readonly type: 'managedAccounts';
  /** Comma separated; advisors' lists often end in a comma. */
  readonly accountsList: string;
}

/** The time of the server. */
export interface CurrentTime {
  readonly type: 'currentTime';
  /** Epoch seconds. */
  readonly time: number;
}

/** Facts about the login. */
export interface UserInfo {
  readonly type: 'userInfo';
  readonly reqId: number;
  readonly whiteBrandingId: string;
}

/** An advisor's groups or aliases. */
export interface ReceiveFA {
  readonly type: 'receiveFA';
  readonly faDataType: number;
  readonly xml: string;
}

/** The advisor's data has been replaced. */
export interface ReplaceFAEnd {
  readonly type: 'replaceFAEnd';
  readonly reqId: number;
  readonly text: string;
}

/** The display groups of TWS, separated by `|`. */
export interface DisplayGroupList {
  readonly type: 'displayGroupList';
  readonly reqId: number;
  readonly groups: string;
}

/** A display group shows another contract. */
export interface DisplayGroupUpdated {
  readonly type: 'displayGroupUpdated';
  readonly reqId: number;
  readonly contractInfo: string;
}

/** Answers and notices about the session, the login and TWS itself. */
export type SessionMessage =
  | ErrMsg
  | NextValidId
  | ManagedAccounts
  | CurrentTime
  | UserInfo
  | ReceiveFA
  | ReplaceFAEnd
  | DisplayGroupList
  | DisplayGroupUpdated;

const reqId = required('reqId', integer);

export const sessionRequestLayouts = {
  startApi: layout<StartApi>(71, 'startApi', [version(2), required('clientId', integer), tail(optional('optionalCapabilities', asciiOrUnset))]),
  reqCurrentTime: layout<ReqCurrentTime>(49, 'reqCurrentTime', [version(1)]),
  reqManagedAccts: layout<ReqManagedAccts>(17, 'reqManagedAccts', [version(1)]),
  setServerLogLevel: layout<SetServerLogLevel>(14, 'setServerLogLevel', [version(1), required('logLevel', integer)]),
  reqUserInfo: layout<ReqUserInfo>(104, 'reqUserInfo', [reqId], { since: 167 }),
  requestFA: layout<RequestFA>(18, 'requestFA', [version(1), required('faDataType', integer)]),
  replaceFA: layout<ReplaceFA>(19, 'replaceFA', [version(1), required('faDataType', integer), required('xml', asciiDocument), since(157, reqId)]),
  queryDisplayGroups: layout<QueryDisplayGroups>(67, 'queryDisplayGroups', [version(1), reqId]),
  subscribeToGroupEvents: layout<SubscribeToGroupEvents>(68, 'subscribeToGroupEvents', [version(1), reqId, required('groupId', integer)]),
  updateDisplayGroup: layout<UpdateDisplayGroup>(69, 'updateDisplayGroup', [version(1), reqId, required('contractInfo', asciiText)]),
  unsubscribeFromGroupEvents: layout<UnsubscribeFromGroupEvents>(70, 'unsubscribeFromGroupEvents', [version(1), reqId]),
  reqSoftDollarTiers: layout<ReqSoftDollarTiers>(79, 'reqSoftDollarTiers', [reqId]),
  reqFamilyCodes: layout<ReqFamilyCodes>(80, 'reqFamilyCodes', [], { surplus: 'ignored' }),
} as const;

export const sessionMessageLayouts = {
  errMsg: layout<ErrMsg>(4, 'errMsg', [
    version(2),
    required('id', integer),
    required('code', integer),
    required('msg', escapedText),
    since(166, optional('advancedRejectJson', escapedOrUnset)),
  ]),
  nextValidId: layout<NextValidId>(9, 'nextValidId', [version(1), required('orderId', integer)]),
  managedAccounts: layout<ManagedAccounts>(15, 'managedAccounts', [version(1), required('accountsList', lineText)]),
  currentTime: layout<CurrentTime>(49, 'currentTime', [version(1), required('time', integer)]),
  userInfo: layout<UserInfo>(107, 'userInfo', [reqId, required('whiteBrandingId', lineText)], { since: 167 }),
  receiveFA: layout<ReceiveFA>(16, 'receiveFA', [version(1), required('faDataType', integer), required('xml', documentText)]),
  replaceFAEnd: layout<ReplaceFAEnd>(103, 'replaceFAEnd', [reqId, required('text', lineText)], { since: 157 }),
  displayGroupList: layout<DisplayGroupList>(67, 'displayGroupList', [version(1), reqId, required('groups', lineText)]),
  displayGroupUpdated: layout<DisplayGroupUpdated>(68, 'displayGroupUpdated', [version(1), reqId, required('contractInfo', lineText)]),
} as const;
