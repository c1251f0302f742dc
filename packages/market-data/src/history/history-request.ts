import { abortReason, sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { HistoricalDataError, describeError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { HistoricalPacer, HistoricalQuery } from '@ibkit/rate-limiter';
import type { MarketDataConnection, MarketDataRequest } from '../connection-port.js';
import type { LinkWatch } from '../streams/link-watch.js';

/** What paces requests about the past: a `HistoricalPacer` of `@ibkit/rate-limiter`. */
export type HistoryPacing = Pick<HistoricalPacer, 'acquire' | 'plan' | 'reportError'>;

/** What requests about the past work with. */
export interface HistoryDeps {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly pacer: HistoryPacing;
  /** How long one request may stay without its answer, in milliseconds. */
  readonly historyTimeoutMs: number;
}

/** The market's time, epoch milliseconds: "now" in a range is now there. */
export function serverNow({ connection, clock }: Pick<HistoryDeps, 'connection' | 'clock'>): number {
  return connection.serverNow?.() ?? clock.now();
}

/** Why a request is made again. */
export interface HistoryRetry {
  /** Which failure of this request it is, from 1 upwards. */
  readonly attempt: number;
  /** `pacing`: the broker's limits (162); `unanswered`: no answer in time; `connection`: the session ended; `competing`: another session of this user has the data; `service`: the history service said to try again. */
  readonly reason: 'pacing' | 'unanswered' | 'connection' | 'competing' | 'service';
  readonly error: Error;
}

/** One request, and how it is paced and repeated. */
export interface PacedRequest<T> {
  readonly query: HistoricalQuery;
  readonly spec: Omit<MarketDataRequest<T>, 'timeoutMs' | 'signal' | 'lane'>;
  readonly signal: AbortSignal;
  readonly onRetry?: ((retry: HistoryRetry) => void) | undefined;
}

/** An answer; `none` when the broker says that nothing was recorded in the range. */
export type HistoryAnswer<T> = { readonly kind: 'data'; readonly value: T } | { readonly kind: 'none' };

/** Failures of one kind before a request is given up. The end of a session is no failure of the request. */
const MOST_FAILURES: Readonly<Record<HistoryRetry['reason'], number>> = { pacing: 6, unanswered: 3, competing: 15, service: 3, connection: Number.POSITIVE_INFINITY };

/** Between two tries when the link does not say that it is down, and after "try again". */
const PAUSE_MS: Readonly<Record<HistoryRetry['reason'], number>> = { pacing: 0, unanswered: 0, connection: 250, competing: 60_000, service: 5000 };

/** How long a farm may be down before a request is tried all the same: nobody may have said that it is back. */
const FARM_PATIENCE_MS = 60_000;

const SESSION_CODES: ReadonlySet<string> = new Set(['IBKR_NOT_CONNECTED', 'IBKR_SESSION_CLOSED', 'IBKR_SESSION_CONGESTED']);

/** TWS API: the history service's own error, whose text says what is meant. */
const SERVICE_ERROR = 162;

/**
 * Asks when the pacer allows, waits for a session when there is none, and asks again what may be asked again.
 * @throws HistoricalDataError `IBKR_HISTORICAL_UNANSWERED` when the request stays without an answer; the broker's error for what cannot
 *   work; the signal's reason, with the request cancelled at the broker.
 */
export async function askHistory<T>(deps: HistoryDeps, request: PacedRequest<T>): Promise<HistoryAnswer<T>> {
  const { signal } = request;
  const failures = new Map<HistoryRetry['reason'], number>();
  for (;;) {
    await deps.link.session(signal);
    try {
      return { kind: 'data', value: await askOnce(deps, request) };
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (!isIbkrError(error)) throw error;
      if (isNoData(error)) return { kind: 'none' };
      const isFarm = isFarmDown(error, deps.connection);
      const reason = isFarm ? 'service' : retryReason(error, deps.pacer);
      if (reason === undefined) throw error;
      const attempt = (failures.get(reason) ?? 0) + 1;
      // A farm that is down is no failure of the request, however long that lasts.
      failures.set(reason, isFarm ? attempt - 1 : attempt);
      if (!isFarm && attempt >= MOST_FAILURES[reason]) throw reason === 'unanswered' ? unansweredError(request.spec.name, attempt, error) : error;
      request.onRetry?.({ attempt, reason, error });
      if (isFarm && historyFarmDown(deps.connection)) await farmBack(deps, signal);
      else if (PAUSE_MS[reason] > 0) await sleep(deps.clock, PAUSE_MS[reason], { signal });
    }
  }
}

async function askOnce<T>(deps: HistoryDeps, { query, spec, signal }: PacedRequest<T>): Promise<T> {
  const permit = await deps.pacer.acquire({ ...query, signal });
  try {
    return await deps.connection.request({ ...spec, lane: 'history', timeoutMs: deps.historyTimeoutMs, signal });
  } finally {
    permit.release();
  }
}

/** Whether the health of the connection says that a historical data farm is down. */
export function historyFarmDown(connection: Pick<MarketDataConnection, 'health'>): boolean {
  return Object.entries(connection.health.layers.farms).some(([farm, { status }]) => status === 'down' && farm.includes('hmds'));
}

/** Waits until no historical farm is down, as far as anybody says; asks all the same after a while. */
async function farmBack({ connection, clock }: HistoryDeps, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const off = connection.events.on('connection.recovered', () => {
    if (!historyFarmDown(connection)) stop.abort(new Error('the farm is back'));
  });
  try {
    await sleep(clock, FARM_PATIENCE_MS, { signal: AbortSignal.any([signal, stop.signal]) });
  } catch {
    if (signal.aborted) throw abortReason(signal);
  } finally {
    off();
  }
}

function isFarmDown(error: IbkrError, connection: MarketDataConnection): boolean {
  if (error.brokerCode !== SERVICE_ERROR) return false;
  const { name } = describeError(SERVICE_ERROR, error.message);
  return name === 'historicalFarmDown' || (name === 'historicalServiceError' && historyFarmDown(connection));
}

function isNoData(error: IbkrError): boolean {
  return error.brokerCode === SERVICE_ERROR && describeError(SERVICE_ERROR, error.message).name === 'historicalNoData';
}

function retryReason(error: IbkrError, pacer: HistoryPacing): HistoryRetry['reason'] | undefined {
  if (error.code === 'IBKR_REQUEST_TIMEOUT') return 'unanswered';
  if (SESSION_CODES.has(error.code)) return 'connection';
  const { brokerCode } = error;
  if (brokerCode === undefined) return undefined;
  // The pacer keeps everybody quiet for a while; the next permit comes behind that.
  if (pacer.reportError(brokerCode, error.message)) return 'pacing';
  if (!error.retryable) return undefined;
  return describeError(brokerCode, error.message).name === 'historicalCompetingSession' ? 'competing' : 'service';
}

function unansweredError(name: string, attempts: number, cause: Error): HistoricalDataError {
  return new HistoricalDataError({
    code: 'IBKR_HISTORICAL_UNANSWERED',
    message: `${name}: asked ${attempts} times and never answered. What was delivered so far is complete up to the cursor.`,
    retryable: true,
    tips: ['Go on later with the cursor of the stream.', 'Look at the state of the historical data farms in the health report.'],
    details: { attempts },
    cause,
  });
}
