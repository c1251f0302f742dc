import type { IbkrErrorCode } from '@ibkit/error-codes';
import type { JsonValue } from '../store/session-state.js';

/**
 * The questions of a diagnosis, in their order.
 *
 * - `name`: the host has an address. `port`: something listens there. `protocol`: it speaks TWS. `handshake`: it lets us in, in a version in common.
 * - `trusted`: our address is one that the API settings trust. `clientId`: the client id is free. `ready`: accounts and order ids arrive.
 * - `mode`: the accounts are of the kind that was asked for. `account`: the account that was asked for is there.
 * - `roundTrip`: how long an answer takes. `clock`: both clocks agree. `upstream`: the gateway has its link to the broker. `farms`: so do its data farms.
 * - `readOnly`: orders are allowed. `marketData`: one quote comes, and of which kind.
 */
export const PROBE_NAMES = [
  'name',
  'port',
  'protocol',
  'handshake',
  'trusted',
  'clientId',
  'ready',
  'mode',
  'account',
  'roundTrip',
  'clock',
  'upstream',
  'farms',
  'readOnly',
  'marketData',
] as const;

/** One of {@link PROBE_NAMES}. */
export type ProbeName = (typeof PROBE_NAMES)[number];

/** How one probe ended. */
export interface ProbeOutcome {
  /** `warning`: usable, but not as it should be. `failed`: not usable. `skipped`: not asked; with a `code`, it should have been. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, for people. Texts of the gateway in it are without control characters and cut to length. */
  readonly detail: string;
  /** Stable, one of `diagnosisCodes()` or another code of ibkit. Present whenever something is not as it should be. */
  readonly code?: IbkrErrorCode | undefined;
  /** What to do. Present whenever there is a code. */
  readonly fix?: string | undefined;
  /** The same for programs. Accounts in it are masked unless the diagnosis was asked to show them. */
  readonly facts?: Readonly<Record<string, JsonValue>> | undefined;
}

/** One question and its answer. */
export interface Probe extends ProbeOutcome {
  readonly name: ProbeName;
  /** Milliseconds on the monotonic clock; 0 for what was not asked. */
  readonly durationMs: number;
}

/** What `diagnose` finds. Plain data: `JSON.stringify` loses nothing. */
export interface Diagnosis {
  /** `broken`: a probe failed. `degraded`: none failed, but something is not as it should be. */
  readonly verdict: 'ok' | 'degraded' | 'broken';
  /** One sentence for people. */
  readonly summary: string;
  /** The code of the first failed probe, or else of the first one that is not as it should be. Absent when all is well. */
  readonly cause?: IbkrErrorCode | undefined;
  readonly target: { readonly host: string; readonly port: number; readonly clientId: number };
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Every one of {@link PROBE_NAMES}, in that order. */
  readonly probes: readonly Probe[];
}
