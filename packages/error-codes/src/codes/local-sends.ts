import type { CodeRecord } from '../code-record.js';

/**
 * What could not be written to the socket: `[code, name, what it was]`.
 * These codes are made by client libraries and never come over the wire.
 */
const SENDS: readonly (readonly [code: number, name: string, what: string])[] = [
  [510, 'marketData', 'a request for market data'],
  [511, 'cancelMarketData', 'the end of a market data stream'],
  [512, 'order', 'an order'],
  [513, 'accountUpdates', 'a request for account updates'],
  [514, 'executions', 'a request for executions'],
  [515, 'cancelOrder', 'the cancel of an order'],
  [516, 'openOrders', 'a request for open orders'],
  [518, 'contractDetails', 'a contract look-up'],
  [519, 'marketDepth', 'a request for market depth'],
  [521, 'serverLogLevel', 'a new server log level'],
  [522, 'advisorConfig', 'a request for the advisor configuration'],
  [523, 'replaceAdvisorConfig', 'a new advisor configuration'],
  [524, 'scanner', 'a scanner subscription'],
  [525, 'cancelScanner', 'the end of a scanner subscription'],
  [526, 'scannerParameters', 'a request for the scanner parameters'],
  [527, 'history', 'a history query'],
  [528, 'cancelHistory', 'the cancel of a history query'],
  [529, 'realTimeBars', 'a request for real-time bars'],
  [530, 'cancelRealTimeBars', 'the end of real-time bars'],
  [531, 'currentTime', 'a request for the server time'],
  [532, 'fundamentals', 'a request for fundamental data'],
  [533, 'cancelFundamentals', 'the cancel of a fundamental data request'],
  [534, 'impliedVolatility', 'a request to compute an implied volatility'],
  [535, 'optionPrice', 'a request to compute an option price'],
  [536, 'cancelImpliedVolatility', 'the cancel of an implied volatility request'],
  [537, 'cancelOptionPrice', 'the cancel of an option price request'],
  [538, 'globalCancel', 'the cancel of every order'],
  [539, 'marketDataType', 'a switch of the market data type'],
  [540, 'positions', 'a request for positions'],
  [541, 'cancelPositions', 'the end of the position stream'],
  [542, 'accountSummary', 'a request for the account summary'],
  [543, 'cancelAccountSummary', 'the end of the account summary'],
  [544, 'verify', 'a verification request'],
  [545, 'verifyMessage', 'a verification message'],
  [546, 'displayGroups', 'a request for the display groups'],
  [547, 'groupEvents', 'a subscription to display group events'],
  [548, 'updateDisplayGroup', 'a change of a display group'],
  [549, 'cancelGroupEvents', 'the end of display group events'],
  [550, 'startApi', 'the start message of the session'],
  [551, 'verifyAndAuthenticate', 'a verification request with authentication'],
  [552, 'verifyAndAuthenticateMessage', 'a verification message with authentication'],
  [553, 'positionsByModel', 'a request for positions by account and model'],
  [554, 'cancelPositionsByModel', 'the end of positions by account and model'],
  [555, 'accountUpdatesByModel', 'a request for account updates by account and model'],
  [556, 'cancelAccountUpdatesByModel', 'the end of account updates by account and model'],
  [557, 'optionParameters', 'a request for option chain parameters'],
  [558, 'softDollarTiers', 'a request for the soft dollar tiers'],
  [559, 'familyCodes', 'a request for the family codes'],
  [560, 'matchingSymbols', 'a symbol search'],
  [561, 'depthExchanges', 'a request for the exchanges with market depth'],
  [562, 'smartComponents', 'a request for the components of smart routing'],
  [563, 'newsProviders', 'a request for the news providers'],
  [564, 'newsArticle', 'a request for a news article'],
  [565, 'historicalNews', 'a request for old headlines'],
  [566, 'headTimestamp', 'a request for the earliest data'],
  [567, 'histogram', 'a request for a histogram'],
  [568, 'cancelHistogram', 'the cancel of a histogram request'],
  [569, 'cancelHeadTimestamp', 'the cancel of a request for the earliest data'],
  [570, 'marketRule', 'a request for a price rule'],
  [571, 'pnl', 'a request for profit and loss'],
  [572, 'cancelPnl', 'the end of profit and loss'],
  [573, 'pnlOfPosition', 'a request for the profit and loss of one position'],
  [574, 'cancelPnlOfPosition', 'the end of the profit and loss of one position'],
  [575, 'historicalTicks', 'a request for historical ticks'],
  [576, 'tickByTick', 'a request for tick-by-tick data'],
  [577, 'cancelTickByTick', 'the end of tick-by-tick data'],
  [578, 'completedOrders', 'a request for completed orders'],
  [580, 'calendarMeta', 'a request for event calendar metadata'],
  [581, 'cancelCalendarMeta', 'the cancel of an event calendar metadata request'],
  [582, 'calendarEvents', 'a request for calendar events'],
  [583, 'cancelCalendarEvents', 'the cancel of a calendar event request'],
  [584, 'userInfo', 'a request for user information'],
  [587, 'currentTimeMillis', 'a request for the server time in milliseconds'],
  [589, 'cancelMarketDepth', 'the end of market depth'],
];

/** Nobody knows whether these reached the server before the socket failed, and doing them twice is not harmless. */
const ORDER_SENDS: ReadonlySet<number> = new Set([512, 515, 538]);

const LOOK_UP_TIPS: readonly string[] = Object.freeze([
  'The connection is gone: wait until it is ready again, then ask once more.',
  'If it happens on a healthy connection, look for a value that cannot be encoded.',
]);

const ORDER_TIPS: readonly string[] = Object.freeze([
  'It may or may not have arrived: read open orders and executions after the reconnect.',
  'Never send it again before that.',
]);

function localSend([code, name, what]: readonly [code: number, name: string, what: string]): CodeRecord {
  const concernsOrder = ORDER_SENDS.has(code);
  return Object.freeze({
    code,
    name: `send${name.charAt(0).toUpperCase()}${name.slice(1)}Failed`,
    category: 'connection',
    scope: concernsOrder ? 'order' : 'request',
    effect: 'requestFailed',
    retryable: !concernsOrder,
    description: `The client could not send ${what}; a client-side code.`,
    tips: concernsOrder ? ORDER_TIPS : LOOK_UP_TIPS,
    strategy: Object.freeze(concernsOrder ? { kind: 'reconcile' } : { kind: 'reconnect' }),
  });
}

/** Failed writes of client libraries, by what they tried to send. */
export const LOCAL_SEND_CODES: readonly CodeRecord[] = SENDS.map(localSend);
