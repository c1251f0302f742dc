import { ROUTES, statusOf } from '@ibkit/api-contract';
import type { ApiOrder, DaemonOperations, Route, RouteName } from '@ibkit/api-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from './problem.js';
import { inputProblem, readInput, readKey } from './read-input.js';
import { sendJson, sendProblem } from './replies.js';
import { callOperation } from './route-table.js';
import { tradeOutcome } from './trade-outcome.js';
import type { Settled } from './trade-outcome.js';

/** What a route's handler needs beside the request. */
export interface HandlerContext {
  readonly operations: DaemonOperations;
  /** Told about a failure that the caller is not shown, or shown as something else. */
  readonly onFailure: (error: unknown) => void;
}

/** The body of a request as fastify left it; for methods whose bodies it does not read, whether there is one. */
function bodyOf({ body, headers, method }: FastifyRequest): unknown {
  if (body !== undefined && body !== null) return body;
  const bodyless = method === 'GET' || method === 'HEAD';
  const announced = headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
  return bodyless && announced ? '(a body)' : undefined;
}

function queryOf({ query }: FastifyRequest): Readonly<Record<string, unknown>> {
  return typeof query === 'object' && query !== null ? { ...query } : {};
}

/** Where the order of a placement is to be found. */
function locationOf(name: RouteName, output: unknown): string | undefined {
  if (name !== 'placeOrder') return undefined;
  const { orders } = ROUTES.placeOrder.response.parse(output);
  const [first]: readonly ApiOrder[] = orders;
  return first === undefined ? undefined : `/v1/orders/${encodeURIComponent(first.id)}`;
}

async function settled(name: RouteName, input: Readonly<Record<string, unknown>>, context: HandlerContext, options: { readonly idempotencyKey: string | undefined; readonly signal: AbortSignal }): Promise<Settled> {
  try {
    const output = await callOperation(name, context.operations, input, options);
    if (output === undefined) throw new Error(`the operation ${name} answered nothing`);
    const route: Route = ROUTES[name];
    // The contract decides what leaves: a field that it does not know stays inside.
    return { status: statusOf(name, output), output: route.response.parse(output) };
  } catch (error) {
    if (options.signal.aborted || problemOf(error).status < 500) throw error;
    const known = await tradeOutcome(name, context.operations, input, options);
    if (known === undefined) throw error;
    context.onFailure(error);
    const route: Route = ROUTES[name];
    return { status: known.status, output: route.response.parse(known.output) };
  }
}

/** Answers one request of a route: its input read and checked, the operation called, its answer held against the contract. */
export async function handleRoute(name: RouteName, request: FastifyRequest, reply: FastifyReply, context: HandlerContext): Promise<FastifyReply> {
  const route: Route = ROUTES[name];
  const read = readInput(route, { params: request.params, query: queryOf(request), body: bodyOf(request) });
  if (!read.ok) return await sendProblem(reply, read.problem);
  const header = request.headers['idempotency-key'];
  const key = route.idempotent === true ? readKey(header) : undefined;
  if (key !== undefined && 'problem' in key) return await sendProblem(reply, key.problem);
  if (key === undefined && header !== undefined && request.method !== 'GET' && request.method !== 'HEAD') {
    // Somebody who sends a key relies on it: better refused than ignored.
    return await sendProblem(reply, inputProblem([{ field: 'Idempotency-Key', rule: 'must be absent: this route takes none' }]));
  }
  const gone = new AbortController();
  const onClose = (): void => {
    gone.abort(new Error('the caller went away'));
  };
  reply.raw.once('close', onClose);
  try {
    const { status, output } = await settled(name, read.input, context, { idempotencyKey: key?.key, signal: gone.signal });
    const location = locationOf(name, output);
    if (location !== undefined) void reply.header('location', location);
    return await sendJson(reply.code(status), 'application/json', output);
  } catch (error) {
    // Nobody is left to answer, and a caller that hangs up is no failure.
    if (gone.signal.aborted) return await reply.hijack();
    throw error;
  } finally {
    reply.raw.off('close', onClose);
  }
}
