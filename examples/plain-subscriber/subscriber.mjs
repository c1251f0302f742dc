/* global AbortSignal, URL, clearTimeout, fetch, setTimeout */
// Follows the daemon's stream with nothing of ours: only what /asyncapi.json says, and the package `ws`.
//   node subscriber.mjs --url http://127.0.0.1:8787 --token-file ~/.local/state/ibkit/admin.token [--symbol SPY] [--ticket]
// Prints one JSON object per line. Ends with SIGINT or SIGTERM, or when the daemon refuses it for good.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';

const { values: args } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    'token-file': { type: 'string' },
    symbol: { type: 'string', default: 'SPY' },
    // As a browser does it: a ticket by HTTP, sent as the first message.
    ticket: { type: 'boolean', default: false },
  },
});

const BACKOFF = { firstMs: 250, maxMs: 10_000 };
/** Nobody answers at all: how long from opening the socket to `welcome`. */
const OPENING_MS = 10_000;
const token = readFileSync(args['token-file'] ?? '', 'utf8').trim();
const tell = (event, fields = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
// Whoever reads us is gone: so are we.
process.stdout.on('error', () => process.exit(1));

/** How each topic applies what comes: `whole` for a snapshot, `change` for a delta; both print what they learned. */
const quote = { fields: {} };
const orders = new Map();
const HANDLERS = {
  quotes: {
    whole: (data) => (quote.fields = data),
    change: (data) => {
      for (const [field, value] of Object.entries(data)) {
        if (value === null) delete quote.fields[field];
        else quote.fields[field] = value;
      }
    },
    show: () => tell('quote', { quote: quote.fields }),
    // A quote carries a doubt of its own: a snapshot may say that nothing was received yet.
    doubt: () => (quote.fields.stale ? (quote.fields.staleReason ?? 'stale') : undefined),
  },
  trades: {
    // The trade in a snapshot may be one that we have: it is state, not news.
    whole: () => undefined,
    change: () => undefined,
    show: (message) => message.t === 'delta' && tell('trade', { trade: message.data }),
  },
  orders: {
    whole: (data) => {
      orders.clear();
      for (const order of data.orders) orders.set(order.id, order);
    },
    change: (data) => orders.set(data.order.id, data.order),
    show: (message) => {
      if (message.t === 'delta') tell('order', { order: message.data.order });
      else tell('orders', { orders: [...orders.values()] });
    },
  },
};

/** One topic: where we are in it (`seq`, `at`) and whether what we have can be believed. */
const subscriptions = [
  { id: 1, topic: `quotes/${encodeURIComponent(args.symbol)}`, options: { mode: 'latest', minIntervalMs: 100 }, handler: HANDLERS.quotes },
  { id: 2, topic: `trades/${encodeURIComponent(args.symbol)}`, options: {}, handler: HANDLERS.trades },
  { id: 3, topic: 'orders', options: {}, handler: HANDLERS.orders },
].map((each) => ({ ...each, seq: 0, at: undefined, lastUs: undefined, stale: true, awaitingSnapshot: false, resuming: false, gapTold: false, over: false }));

let socket;
let stopping = false;
let attempt = 0;
let silence;
let again;
const retries = new Set();

const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

function subscribe(sub) {
  Object.assign(sub, { seq: 0, awaitingSnapshot: false, resuming: sub.at !== undefined, gapTold: false });
  send({ t: 'sub', id: sub.id, topic: sub.topic, ...sub.options, ...(sub.at === undefined ? {} : { resume: sub.at }) });
}

function doubt(sub, cause, sinceUs) {
  sub.stale = true;
  tell('stale', { topic: sub.topic, cause, sinceUs });
}

function gap(sub, data) {
  sub.gapTold = true;
  tell('gap', { topic: sub.topic, ...data });
}

/** A message of a subscription: counted first, then applied. */
function follow(sub, message) {
  // After a hole only a snapshot makes sense again. It sets the count.
  const hole = message.seq !== sub.seq + 1;
  if (hole && !sub.awaitingSnapshot) {
    gap(sub, { reason: 'sequence', expected: sub.seq + 1, got: message.seq, fromUs: sub.lastUs });
    doubt(sub, 'sequence');
    sub.awaitingSnapshot = true;
    send({ t: 'resync', id: sub.id });
  }
  if (sub.awaitingSnapshot && message.t !== 'snapshot') return;
  sub.awaitingSnapshot = false;
  switch (message.t) {
    case 'resumed':
      sub.resuming = false;
      tell('resumed', { topic: sub.topic, mode: message.mode });
      break;
    case 'snapshot':
      // We asked to go on from where we were and got the whole instead: what lies between is lost, told or not.
      if (sub.resuming && !sub.gapTold) gap(sub, { reason: 'notResumed', fromUs: sub.lastUs, toUs: message.tsUs });
      sub.resuming = false;
      sub.handler.whole(message.data);
      tell('snapshot', { topic: sub.topic, reason: message.reason, mode: message.mode });
      break;
    case 'delta':
      sub.handler.change(message.data);
      break;
    case 'gap':
      gap(sub, message.data);
      break;
    case 'stale':
      doubt(sub, message.data.cause, message.data.sinceUs);
      break;
    case 'state':
      tell('state', { topic: sub.topic, ...message.data });
      break;
    default: // A message of tomorrow: counted, not understood.
  }
  sub.seq = message.seq;
  sub.at = message.at;
  sub.lastUs = message.tsUs;
  if (message.t !== 'snapshot' && message.t !== 'delta') return;
  const cause = sub.handler.doubt?.();
  if (cause !== undefined && !sub.stale) doubt(sub, cause);
  if (cause === undefined && sub.stale) {
    sub.stale = false;
    tell('live', { topic: sub.topic });
  }
  sub.handler.show(message);
}

/** `err` and `end`: refused or over. Neither is counted. */
function refused(sub, message) {
  if (message.t === 'err' && message.retryable) {
    tell('refused', { topic: sub.topic, code: message.code, detail: message.detail, retry: true });
    const timer = setTimeout(() => (retries.delete(timer), subscribe(sub)), 1000);
    retries.add(timer);
    return;
  }
  if (message.t === 'err' && sub.resuming) {
    // Perhaps it is the position that is refused. Begin anew, and say what that costs.
    gap(sub, { reason: message.code, fromUs: sub.lastUs });
    sub.at = undefined;
    subscribe(sub);
    return;
  }
  sub.over = true;
  doubt(sub, message.code);
  tell('over', { topic: sub.topic, code: message.code, reason: message.detail ?? message.reason });
  if (subscriptions.every((each) => each.over)) stop(1);
}

/** Each message proves life; when there is none for `ms` the connection is dead, whatever TCP believes. */
function alive(ms) {
  clearTimeout(silence);
  silence = setTimeout(() => {
    tell('silent', { ms });
    socket?.terminate();
  }, ms);
}

async function connect() {
  let ticket;
  alive(OPENING_MS);
  if (args.ticket) {
    const response = await fetch(new URL('/v1/ws-tickets', args.url), { method: 'POST', headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(OPENING_MS) });
    if (response.status === 401 || response.status === 403) return giveUp(`ticket refused with HTTP ${response.status}`);
    if (!response.ok) throw new Error(`no ticket: HTTP ${response.status}`);
    ({ ticket } = await response.json());
  }
  if (stopping) return undefined;
  const url = new URL('/v1/stream', args.url.replace(/^http/, 'ws'));
  socket = new WebSocket(url, 'ibkit.v1+json', { perMessageDeflate: false, handshakeTimeout: OPENING_MS, headers: ticket === undefined ? { authorization: `Bearer ${token}` } : {} });
  let heartbeatMs = OPENING_MS;
  let refusal;
  socket.on('unexpected-response', (request, response) => {
    refusal = response.statusCode;
    response.resume();
    request.destroy();
    lost(`HTTP ${refusal}`, [401, 403, 404, 421].includes(refusal));
  });
  socket.on('error', (error) => refusal === undefined && tell('trouble', { message: error.message }));
  socket.on('close', (code, reason) => refusal === undefined && lost(`${code} ${reason}`.trim(), code === 4003 || (code === 4001 && !args.ticket)));
  socket.on('message', (bytes) => {
    // We have said goodbye: what was under way meanwhile is not told any more.
    if (stopping) return;
    const message = JSON.parse(bytes.toString());
    const sub = subscriptions.find((each) => each.id === message.id);
    alive(heartbeatMs * 2.5);
    switch (message.t) {
      case 'hello':
        tell('hello', { version: message.version, bootId: message.bootId });
        if (ticket !== undefined) send({ t: 'auth', ticket });
        break;
      case 'welcome':
        ({ heartbeatMs } = message);
        alive(heartbeatMs * 2.5);
        tell('welcome', { scope: message.scope, heartbeatMs });
        for (const each of subscriptions) if (!each.over) subscribe(each);
        break;
      case 'heartbeat':
        attempt = 0; // Not at `welcome`: who is thrown out right after it must not come back at once for ever.
        break;
      case 'pong':
        break;
      case 'err':
      case 'end':
        if (sub === undefined) tell('told', { code: message.code, reason: message.detail ?? message.reason });
        else refused(sub, message);
        break;
      default:
        if (sub !== undefined && !sub.over) follow(sub, message);
    }
  });
  return undefined;
}

function giveUp(why) {
  tell('refusedForGood', { why });
  stop(1);
}

function lost(why, final) {
  clearTimeout(silence);
  for (const timer of retries) clearTimeout(timer);
  retries.clear();
  socket = undefined;
  if (stopping) return;
  for (const sub of subscriptions) if (!sub.over && !sub.stale) doubt(sub, 'disconnected', sub.lastUs);
  if (final) {
    giveUp(why);
    return;
  }
  const retryInMs = Math.round((0.5 + Math.random() / 2) * Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** attempt));
  attempt += 1;
  tell('disconnected', { why, retryInMs });
  again = setTimeout(begin, retryInMs);
}

function begin() {
  connect().catch((error) => lost(error.message, false));
}

function stop(exitCode) {
  if (stopping) return;
  stopping = true;
  process.exitCode = exitCode;
  clearTimeout(silence);
  clearTimeout(again);
  for (const timer of retries) clearTimeout(timer);
  socket?.close(1000);
  // A peer that does not answer the goodbye must not hold us.
  setTimeout(() => socket?.terminate(), 1000).unref();
  tell('bye');
}

process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));
begin();
