import type { EndContext } from './end-error.js';
import type { EndKind } from './session-end.js';
import { modeOfAccounts, modeOfPort } from './trading-mode.js';

/** Why a session ends, and what is known about it. */
export interface SessionFault extends Omit<EndContext, 'host' | 'port' | 'clientId'> {
  readonly kind: EndKind;
  /** The address that the end came from, when the system names it. */
  readonly peer?: string | undefined;
  /** Where the gateway moves its API. */
  readonly newPort?: number | undefined;
}

/** A notice of the broker. */
export interface BrokerNotice {
  readonly code: number;
  readonly message: string;
}

/** What a notice is judged by. */
export interface NoticeFacts {
  /** Whether the session is not ready yet. */
  readonly starting: boolean;
  readonly accounts: readonly string[];
  /** What the connection is meant to be, where its accounts do not say it. */
  readonly paperTrading: boolean;
}

/** TWS API: "Unable to connect as the client id is already in use." */
const CLIENT_ID_IN_USE = 326;
/** TWS API: "TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - ..." */
const PORT_CHANGED = 1300;
/** Codes by which the gateway asks for a person first: the paper trading disclaimer is not accepted (10141). */
const NOT_AUTHORISED_CODES: readonly number[] = [10_141];

/** What a notice of the broker ends a session with; absent for all others. */
export function endingOf(notice: BrokerNotice, facts: NoticeFacts): SessionFault | undefined {
  if (notice.code === PORT_CHANGED) return movedTo(notice, facts);
  if (!facts.starting) return undefined;
  if (notice.code === CLIENT_ID_IN_USE) return { kind: 'clientIdInUse', notice };
  return NOT_AUTHORISED_CODES.includes(notice.code) ? { kind: 'notAuthorised', notice } : undefined;
}

/** The gateway moves its API: followed to the port that it names, unless that one is for the other kind of money. */
function movedTo(notice: BrokerNotice, { accounts, paperTrading }: NoticeFacts): SessionFault {
  const newPort = Number(/(\d{1,5})\D*$/u.exec(notice.message)?.[1]);
  if (!Number.isInteger(newPort) || newPort < 1 || newPort > 65_535) return { kind: 'portChanged', notice };
  const newMode = modeOfPort(newPort);
  const mode = modeOfAccounts(accounts) ?? (paperTrading ? 'paper' : 'live');
  const moved = { notice, details: { newPort }, newPort };
  if (newMode === undefined || newMode === mode) return { ...moved, kind: 'portChanged' };
  return { ...moved, kind: 'portOfOtherMode', detail: `${newPort} is for ${newMode} accounts, this connection is ${mode}` };
}
