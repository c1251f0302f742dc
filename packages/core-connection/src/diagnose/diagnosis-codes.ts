import type { IbkrErrorCode } from '@ibkit/error-codes';
import { endError } from '../session/end-error.js';
import { END_KINDS } from '../session/session-end.js';
import type { EndKind } from '../session/session-end.js';
import type { ProbeName } from './diagnosis.js';

/** What a diagnosis finds that is no failed connection attempt, and what to do about it. */
const OWN_FIXES = {
  IBKR_DOCTOR_NAME_TIMEOUT: 'Check the name service of this machine, or give the address instead of the name; for a gateway on this machine use 127.0.0.1.',
  IBKR_DOCTOR_OTHER_PORT: 'Use the port that listens, or change the socket port in the API settings of the gateway. Mind the mode: 7496 and 4001 are live, 7497 and 4002 are paper.',
  IBKR_DOCTOR_PEER_HTTP:
    'The port belongs to a web server. Give the socket port of the API settings: TWS 7497 paper, 7496 live; IB Gateway 4002 paper, 4001 live. The Client Portal gateway (port 5000) speaks another protocol and does not serve here.',
  IBKR_DOCTOR_PEER_TLS: 'The port expects TLS: if it is a tunnel in front of the gateway, set the tls option; TWS and IB Gateway themselves speak no TLS.',
  IBKR_DOCTOR_VERSION_TOO_OLD: 'Update TWS or IB Gateway to a current stable version.',
  IBKR_DOCTOR_VERSION_TOO_NEW: 'Update ibkit. TWS and IB Gateway themselves step down to an older version: check whether a relay or another program answers on this port.',
  IBKR_DOCTOR_ADDRESS_NOT_TRUSTED:
    'Add the address of this machine to the "Trusted IPs" of the API settings (single addresses, no ranges), switch "Allow connections from localhost only" off, and answer the dialog "Accept incoming connection" on the screen of the gateway.',
  IBKR_DOCTOR_NO_ACCOUNTS: 'Look at the screen of the gateway: is its login complete? Log in again by hand.',
  IBKR_ACCOUNT_MODE_MISMATCH: 'Connect to the port of the other mode (paper: 7497 or 4002, live: 7496 or 4001), or log the gateway in as the user that was meant. Paper accounts begin with DU or DF.',
  IBKR_ACCOUNT_NOT_LISTED: 'Check the spelling of the account, and that the gateway is logged in as the user of that account.',
  IBKR_DOCTOR_NO_ANSWER: 'Look at the screen of the gateway: an open dialog stops its answers to every client. If there is none, restart the gateway.',
  IBKR_DOCTOR_SLOW: 'Check the load and the memory of the gateway\'s machine (Java needs up to 4 GB) and the network on the way; a gateway in the same place answers within some milliseconds.',
  IBKR_DOCTOR_CLOCK_SKEW: 'Switch the time synchronisation (NTP) of both machines on, this one and the gateway\'s. Until then trading hours, ages of quotes and restart windows are judged by the gateway\'s clock.',
  IBKR_UPSTREAM_DOWN:
    'Check the internet link of the gateway\'s machine. During the nightly reset (North America 00:15 to 01:45 New York time) and at the weekend it comes back by itself; otherwise restart the gateway.',
  IBKR_DOCTOR_FARM_DOWN: 'It usually comes back within minutes, and nobody has to reconnect. If it lasts, look at the broker\'s system status page, and restart the gateway.',
  IBKR_DOCTOR_FARM_CONNECTING: 'Wait some seconds and look again: the gateway is still connecting to this farm.',
  IBKR_DOCTOR_READ_ONLY: 'For orders, switch "Read-Only API" off in the API settings of the gateway (with IBC: ReadOnlyApi=no). Market data works all the same.',
  IBKR_DOCTOR_DELAYED_DATA: 'For live quotes, buy the market data subscription for the user that logs in, share it with the paper account, and sign the market data agreements. Until then every price is fifteen minutes old or more.',
  IBKR_DOCTOR_NO_MARKET_DATA: 'Buy the market data subscription for the user that logs in (and share it with the paper account), or ask for delayed data: market data type 3.',
  IBKR_DOCTOR_COMPETING_SESSION: 'The same user is logged in elsewhere and has the market data: log out of the other TWS, phone or web session, or of the live user of this paper account. It can take a quarter of an hour until data comes.',
  IBKR_DOCTOR_LINES_USED_UP: 'Every market data line of the login is in use: cancel quotes that nobody needs, in this program, in others and in TWS, or buy more lines.',
  IBKR_DOCTOR_QUOTE_SILENT: 'If the exchange is closed now, look again when it trades. If it trades, subscriptions of other programs are silent too: restart the gateway.',
  IBKR_DOCTOR_QUOTE_REFUSED: 'Read what the gateway says about the contract that was asked for, or ask for another one with the option quote.',
  IBKR_DOCTOR_OUT_OF_TIME: 'Give the diagnosis more time with timeoutMs.',
} as const satisfies Readonly<Record<IbkrErrorCode, string>>;

/** A code that only a diagnosis gives. */
export type DoctorCode = keyof typeof OWN_FIXES;

/** What to do about a finding. */
export function fixOf(code: DoctorCode): string {
  return OWN_FIXES[code];
}

/** The question that a failed attempt, or the end of a session, answers with no. */
export const PROBE_OF_END: Readonly<Record<EndKind, ProbeName>> = {
  unresolved: 'name',
  refused: 'port',
  tcpTimeout: 'port',
  network: 'port',
  tlsUntrusted: 'protocol',
  tlsRefused: 'protocol',
  tlsFailed: 'protocol',
  notTws: 'protocol',
  handshakeTimeout: 'protocol',
  closedEarly: 'handshake',
  version: 'handshake',
  clientIdInUse: 'clientId',
  notAuthorised: 'ready',
  readyTimeout: 'ready',
  requested: 'ready',
  peerClosed: 'ready',
  reset: 'ready',
  silent: 'ready',
  framing: 'ready',
  portChanged: 'ready',
  portOfOtherMode: 'ready',
  accountsChanged: 'ready',
};

/** What an attempt or a session that ended with this code says; absent for codes of something else. */
export function endOfCode(code: string): { readonly kind: EndKind; readonly code: IbkrErrorCode; readonly tips: readonly string[] } | undefined {
  for (const kind of END_KINDS) {
    const error = endError(kind, { host: '', port: 0, clientId: 0 });
    if (error.code === code) return { kind, code: error.code, tips: error.tips };
  }
  return undefined;
}

/** Every code of a diagnosis that `docs/doctor.md` explains, sorted. */
export function diagnosisCodes(): readonly IbkrErrorCode[] {
  const own = Object.keys(OWN_FIXES).filter((code): code is DoctorCode => code in OWN_FIXES);
  const ends = END_KINDS.map((kind) => endError(kind, { host: '', port: 0, clientId: 0 }).code);
  return [...own, ...ends].sort();
}
