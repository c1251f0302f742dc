import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** The link itself: refused, lost, wrong version, and what client libraries invent about it. */
export const CONNECTION_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'connection', scope: 'connection', effect: 'sessionEnding', retryable: false, strategy: { kind: 'reconnect' } },
  [
    [
      326,
      'clientIdInUse',
      'Another program holds this client id, or a dead one of ours has not been let go yet; the server closes the new socket.',
      [
        'Wait: after a crash the old session can linger for seconds to minutes, and then the same id works again.',
        'Look for a second copy of the program with the same client id.',
        'Give each program its own client id; never change the id of a program that owns orders.',
      ],
      { retryable: true },
    ],
    [
      357,
      'clientVersionOutdated',
      'This TWS no longer speaks to API clients as old as this one.',
      ['Upgrade the client library.', 'Until then use an older TWS or Gateway build.'],
      { strategy: { kind: 'reject' } },
    ],
    [
      501,
      'alreadyConnected',
      'The client asked to connect while it was connected; a client-side code.',
      [
        'Nothing to do: use the connection that is there.',
        'Disconnect first if host, port or client id are meant to change.',
      ],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      502,
      'connectFailed',
      'No connection could be opened to TWS or IB Gateway; a client-side code.',
      [
        'Check that TWS or IB Gateway is running and logged in.',
        'Compare the port: TWS 7497 paper and 7496 live, Gateway 4002 paper and 4001 live.',
        'In TWS, open Global Configuration, API, Settings and allow socket clients; Gateway allows them by default.',
        'From another machine, add its address to the trusted addresses there and check the firewall.',
      ],
      { retryable: true },
    ],
    [
      503,
      'twsTooOld',
      'The connected TWS or Gateway is too old for the call that was made; a client-side code.',
      ['Update TWS or IB Gateway, or do without the feature.'],
      { effect: 'requestFailed', scope: 'request', strategy: { kind: 'reject' } },
    ],
    [
      504,
      'notConnected',
      'Something was asked while there was no connection; a client-side code.',
      [
        'Connect first and wait until the session is ready.',
        'If it was connected before: the link was lost, so wait for the reconnect or start one.',
      ],
      { effect: 'requestFailed', scope: 'request', retryable: true },
    ],
    [
      505,
      'unknownMessageId',
      'The client read a message kind that it does not know; a client-side code.',
      ['The session goes on; note it once.', 'Upgrade the client if a newer TWS was installed.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      506,
      'unsupportedVersion',
      'Client and server have no protocol version in common; a client-side code.',
      ['Update the older of the two sides.', 'A retry cannot help: treat it as a configuration problem.'],
      { strategy: { kind: 'reject' } },
    ],
    [
      507,
      'badMessageLength',
      'The byte stream ended or a message length made no sense; a client-side code.',
      [
        'Often the server closed the socket: client id in use, TWS locked, or shut down.',
        'Reconnect and look at the notices just before it.',
      ],
      { retryable: true },
    ],
    [
      508,
      'badMessage',
      'A message could not be read; a client-side code.',
      ['Reconnect; report the bytes if it happens again.'],
      { retryable: true },
    ],
    [
      509,
      'socketException',
      'Reading from the socket failed; a client-side code.',
      ['Reconnect; look for a network fault or a restart of TWS.'],
      { retryable: true },
    ],
    [
      520,
      'socketNotCreated',
      'The operating system gave no socket; a client-side code.',
      ['Check the host name and the limit of open files.', 'Reconnect after a pause.'],
      { retryable: true },
    ],
    [
      586,
      'readWithoutConnection',
      'The reader ran while there was no connection; a client-side code.',
      ['Harmless after a disconnect; otherwise reconnect.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      588,
      'protobufEncodingFailed',
      'A request could not be encoded; a client-side code.',
      ["Look at the request's values: this is a defect in the client or a value of the wrong kind."],
      { effect: 'requestFailed', scope: 'request', strategy: { kind: 'reject' } },
    ],
    [
      1300,
      'apiPortChanged',
      'The API port of TWS was changed and this socket is about to close; the text names the new port.',
      [
        'Reconnect to the port in the text, and prove the account again before any order.',
        'Update the configuration, or the next start uses the old port.',
      ],
      { retryable: true },
    ],
    [
      10015,
      'apiTradingNotAllowed',
      'This login may not trade through the API.',
      ["Check the user's permissions in the account management pages.", 'Log in with a user that may trade.'],
      { category: 'account', scope: 'order', effect: 'orderRejected', strategy: { kind: 'reject' } },
    ],
    [
      10285,
      'fractionalRulesNeedNewerApi',
      'The client is too old for instruments with fractional sizes.',
      ['Upgrade the client library so that it announces at least server version 163.'],
      { category: 'request', scope: 'request', effect: 'requestFailed', strategy: { kind: 'reject' } },
    ],
  ],
);
