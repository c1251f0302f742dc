import { isIbkrError } from '@ibkit/error-codes';
import type { ConnectionPort } from '../connection-port.js';
import type { ConnectionStatus } from '../connection-status.js';
import type { Layer } from '../inbound/health.js';
import type { JsonValue } from '../store/session-state.js';
import type { ResolvedSettings } from './diagnose-options.js';
import { clockSkew } from './clock-skew.js';
import type { ProbeOutcome } from './diagnosis.js';
import { fine, found, hundredths } from './probe-run.js';
import type { ProbeRun } from './probe-run.js';
import type { TimeQuestions, TimedAnswer, TimedConnection } from './time-questions.js';

/** What a diagnosis needs of a connection that stands. `ConnectionManager` satisfies it. */
export interface DiagnosableConnection extends TimedConnection {
  readonly session: ConnectionPort['session'];
  getStatus(): ConnectionStatus;
}

/** TWS API: "Error validating request.-'bO' : cause - The API interface is currently in Read-Only mode.", without a request id. */
const NOT_VALID = 321;
const READ_ONLY_TEXT = /read-?\s?only/iu;

/** TWS API: 2107 and 2108, a farm that is inactive but available on demand. */
const IDLE = /^210[78]:/u;

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** How long answers take, and what they say about the clocks: asks for the time a few times, one after the other. @returns whether the gateway answers */
export async function askTimes(times: TimeQuestions, run: ProbeRun, { samples, timeouts, limits }: ResolvedSettings): Promise<boolean> {
  const answers: TimedAnswer[] = [];
  const outcome = await run.ask('roundTrip', async () => {
    while (answers.length < samples) answers.push(await times.ask({ timeoutMs: run.within(timeouts.answerMs), signal: run.signal }));
    return judgeRoundTrips(answers.map(({ roundTripMs }) => roundTripMs), limits.roundTripMs);
  });
  const skew = clockSkew(answers);
  if (skew === undefined) run.skip(['clock'], 'The gateway did not tell its time');
  else await run.ask('clock', () => Promise.resolve(judgeSkew(skew, limits.clockSkewMs)));
  return outcome?.status !== 'failed';
}

function judgeRoundTrips(inOrder: readonly number[], limitMs: number): ProbeOutcome {
  const sorted = [...inOrder].sort((a, b) => a - b);
  const steps = inOrder.slice(1).map((ms, index) => Math.abs(ms - (inOrder[index] ?? ms)));
  const medianMs = hundredths(median(sorted));
  const jitterMs = hundredths(steps.reduce((sum, step) => sum + step, 0) / Math.max(1, steps.length));
  const worstMs = hundredths(sorted.at(-1) ?? 0);
  const facts = { samples: sorted.length, medianMs, jitterMs, bestMs: hundredths(sorted[0] ?? 0), worstMs };
  const text = `An answer takes ${medianMs} ms (median of ${sorted.length}), ${worstMs} ms at worst, with a jitter of ${jitterMs} ms`;
  return medianMs > limitMs ? found('warning', 'IBKR_DOCTOR_SLOW', `${text}: more than the ${limitMs} ms that are usual`, facts) : fine(text, facts);
}

function judgeSkew({ skewMs, uncertaintyMs }: { readonly skewMs: number; readonly uncertaintyMs: number }, limitMs: number): ProbeOutcome {
  const gatewayIs = skewMs === 0 ? 'level' : skewMs > 0 ? 'ahead' : 'behind';
  const facts = { skewSeconds: hundredths(skewMs / 1_000), gatewayIs, uncertaintyMs: hundredths(uncertaintyMs) };
  if (Math.abs(skewMs) <= limitMs) return fine(skewMs === 0 ? 'Both clocks agree' : `The gateway's clock is ${facts.skewSeconds} s from ours`, facts);
  return found('warning', 'IBKR_DOCTOR_CLOCK_SKEW', `The gateway's clock is ${Math.abs(facts.skewSeconds)} s ${gatewayIs} of this machine's`.replace('behind of', 'behind'), facts);
}

/** What the gateway has said of its link to the broker. */
export function judgeUpstream(connection: DiagnosableConnection): ProbeOutcome {
  const { upstream } = connection.getStatus().health.layers;
  const facts = { status: upstream.status, sinceMs: upstream.sinceMs };
  if (upstream.status === 'down') return found('failed', 'IBKR_UPSTREAM_DOWN', `The gateway answers, but has no link to the broker (${upstream.cause})`, facts);
  return fine('The gateway reports no outage of its link to the broker', facts);
}

function named(farms: Readonly<Record<string, Layer>>, status: Layer['status']): readonly string[] {
  return Object.entries(farms).flatMap(([farm, layer]) => (layer.status === status ? [farm] : []));
}

/** What the gateway has said of its data farms. */
export function judgeFarms(connection: DiagnosableConnection): ProbeOutcome {
  const { farms } = connection.getStatus().health.layers;
  const [up, down, unknown] = [named(farms, 'up'), named(farms, 'down'), named(farms, 'unknown')];
  if (up.length + down.length + unknown.length === 0) return { status: 'skipped', detail: 'The gateway has not spoken of any data farm' };
  const statuses: Record<string, JsonValue> = Object.fromEntries(Object.entries(farms).map(([farm, { status }]) => [farm, status]));
  const facts = { farms: statuses, down };
  if (down.length > 0) return found('warning', 'IBKR_DOCTOR_FARM_DOWN', `No link to ${down.map((farm) => `${farm} (${farms[farm]?.cause ?? ''})`).join(', ')}: what it serves does not come`, facts);
  if (unknown.length > 0) return found('warning', 'IBKR_DOCTOR_FARM_CONNECTING', `The gateway is still connecting to ${unknown.join(', ')}`, facts);
  const idle = up.filter((farm) => IDLE.test(farms[farm]?.cause ?? ''));
  const busy = up.filter((farm) => !idle.includes(farm));
  const parts = [...(busy.length === 0 ? [] : [`Connected to ${busy.join(', ')}`]), ...(idle.length === 0 ? [] : [`idle until they are needed: ${idle.join(', ')}`])];
  return fine(parts.join('; '), facts);
}

/**
 * Whether orders are allowed, without one. TWS API: with "Read-Only API" on, a request for an order id gets 321 like an order; otherwise it gets the number that
 * the session began with, and uses none up.
 */
export async function askReadOnly(connection: DiagnosableConnection, run: ProbeRun, answerMs: number): Promise<ProbeOutcome> {
  const limitMs = run.within(answerMs);
  try {
    const answer = await askForOrderId(connection, limitMs, run.signal);
    if (answer === 'allowed') return fine('Order ids are given out: the API is not read-only', { readOnly: false });
    return found('warning', 'IBKR_DOCTOR_READ_ONLY', `The API is read-only, so every order is refused (${answer.said})`, { readOnly: true, brokerCode: NOT_VALID });
  } catch (error) {
    if (!isIbkrError(error) || error.code !== 'IBKR_REQUEST_TIMEOUT') throw error;
    // It answers otherwise, or this would not have been asked.
    return found('warning', 'IBKR_DOCTOR_NO_ANSWER', `A request for an order id was not answered within ${limitMs} ms: whether orders are allowed is not known`);
  }
}

function askForOrderId(connection: DiagnosableConnection, timeoutMs: number, signal: AbortSignal | undefined): Promise<'allowed' | { readonly said: string }> {
  return connection.request<'allowed' | { readonly said: string }>({
    name: 'an order id',
    unkeyed: true,
    build: () => ({ type: 'reqIds', count: 1 }),
    receive: (message, reply) => {
      if (message.type === 'nextValidId') reply.resolve('allowed');
      else if (message.type === 'errMsg' && message.code === NOT_VALID && READ_ONLY_TEXT.test(message.msg)) reply.resolve({ said: message.msg });
    },
    lane: 'account',
    timeoutMs,
    signal,
  });
}
