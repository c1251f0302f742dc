import * as z from 'zod';
import { accountsSchema, pnlListSchema, positionsSchema } from '../broker/accounts.js';
import { diagnosisSchema } from '../health/diagnosis.js';
import { livenessSchema, readinessSchema } from '../health/health.js';
import { statusSchema } from '../health/status.js';
import { historyPlanSchema, historySchema } from '../market/bar.js';
import { chainSchema } from '../market/chain.js';
import { depthSchema } from '../market/depth.js';
import { articleSchema, headlinesSchema } from '../market/news.js';
import { quoteSchema } from '../market/quote.js';
import { histogramSchema, scanSchema } from '../market/scan.js';
import { streamClientsSchema } from '../service/connections.js';
import { errorExplanationSchema, recentErrorsSchema } from '../service/errors.js';
import { gatewaySchema } from '../service/gateway.js';
import { recordingRequestSchema, recordingSchema, recordingsSchema } from '../service/recordings.js';
import { newTokenSchema, ticketSchema, tokenRequestSchema, tokenSchema, tokensSchema } from '../service/tokens.js';
import { cancelReportSchema, fillsSchema, orderSchema, ordersSchema, placedSchema } from '../trading/order.js';
import { orderChangesSchema, orderTicketSchema, placementSchema } from '../trading/order-ticket.js';
import { previewSchema } from '../trading/preview.js';
import { armRequestSchema, armingSchema, auditSchema, killRequestSchema, reasonSchema, reconcileSchema, riskSchema, switchedSchema } from '../trading/risk.js';
import { contractDetailsSchema, instrumentFieldsSchema, instrumentTextSchema } from '../values/instrument.js';
import { cursorSchema, flagQuery, limitQuery, listQuery, numberText, rightSchema } from '../values/values.js';
import type { Route } from './route.js';

/** Of every route: a request that is none, a foreign origin, a name that is not the daemon's, too large or too slow, and a failure of its own. */
const ANY = [400, 403, 408, 413, 415, 421, 429, 431, 500] as const;
/** Of every route with a scope. */
const GUARDED = [...ANY, 401] as const;
/** Of routes that ask the broker: unknown or ambiguous, refused, no connection, no answer in time. */
const ASKING = [...GUARDED, 404, 422, 503, 504] as const;
/** Of routes that change something at the broker: known under another request, refused by a gate or by the broker. */
const ACTING = [...ASKING, 409] as const;

const symbolParams = z.object({ symbol: instrumentTextSchema });
const idParams = z.object({ id: z.string().min(1).max(128) });
const moment = z.string().min(4).max(40).describe('A day YYYY-MM-DD, or a time with its zone, ISO 8601');
const marketData = { ...instrumentFieldsSchema.shape, mode: z.enum(['live', 'delayed', 'frozen', 'delayed-frozen']).optional().describe('The worst kind of data that is taken; live when nothing else is said') };
const page = { limit: limitQuery, cursor: cursorSchema.optional() };
const range = { from: moment.optional(), to: moment.optional() };
const historyRange = {
  symbol: instrumentTextSchema, ...instrumentFieldsSchema.shape,
  from: moment, to: moment.optional(), barSize: z.string().min(3).max(10).describe('As TWS writes it: 1 min, 5 mins, 1 hour, 1 day, ...'), what: z.string().max(32).optional().describe('TRADES when nothing else is said'), useRth: flagQuery.optional(),
}; // prettier-ignore
const waiting = { waitMs: numberText(z.number().int().min(0).max(60_000)).optional().describe('How long to wait for the word of the broker, 5000 when nothing else is said; 0 answers as soon as the journal has it') };
const flowAnswer = z.record(z.string(), z.unknown());
const flowQuery = z.object({ ticker: z.string().max(16).optional(), date: z.string().max(32).optional(), from: z.string().max(32).optional(), to: z.string().max(32).optional(), limit: limitQuery });

/** Every route of this version by name: the one list that the daemon serves, its clients call and documents come from. */
export const ROUTES = {
  healthz: { method: 'GET', path: '/healthz', group: 'health', accounts: 'none', summary: 'Whether the process answers', response: livenessSchema, errors: ANY },
  readyz: { method: 'GET', path: '/readyz', group: 'health', accounts: 'none', summary: 'Whether data and trading are ready', scope: 'read', response: readinessSchema, statuses: [200, 503], errors: GUARDED },
  status: { method: 'GET', path: '/v1/status', group: 'health', accounts: 'own', summary: 'Connection and health, layer by layer', scope: 'read', response: statusSchema, errors: GUARDED },
  diagnosis: { method: 'GET', path: '/v1/diagnosis', group: 'health', accounts: 'own', summary: 'Is the gateway all right, and if not, why', scope: 'read', query: z.object({ symbol: instrumentTextSchema.optional() }), response: diagnosisSchema, errors: GUARDED },

  accounts: { method: 'GET', path: '/v1/accounts', group: 'account', accounts: 'own', summary: 'Accounts and their summary values', scope: 'read', query: z.object({ tags: listQuery.optional(), group: z.string().max(64).optional() }), response: accountsSchema, errors: ASKING },
  positions: { method: 'GET', path: '/v1/positions', group: 'account', accounts: 'own', summary: 'Positions, of all accounts or of one', scope: 'read', query: z.object({ account: z.string().max(32).optional(), values: flagQuery.optional().describe('With market values, which the broker tells of one account at a time') }), response: positionsSchema, errors: ASKING },
  pnl: { method: 'GET', path: '/v1/pnl', group: 'account', accounts: 'own', summary: 'Profit and loss', scope: 'read', query: z.object({ account: z.string().max(32).optional() }), response: pnlListSchema, errors: ASKING },

  contract: { method: 'GET', path: '/v1/contracts/:symbol', group: 'market', accounts: 'none', summary: 'Which instrument a name stands for', scope: 'read', params: symbolParams, query: instrumentFieldsSchema, response: contractDetailsSchema, errors: ASKING },
  quote: { method: 'GET', path: '/v1/quotes/:symbol', group: 'market', accounts: 'none', summary: 'The present quote of an instrument', scope: 'read', params: symbolParams, query: z.object(marketData), response: quoteSchema, errors: ASKING },
  depth: { method: 'GET', path: '/v1/depth/:symbol', group: 'market', accounts: 'none', summary: 'The book of an instrument', scope: 'read', params: symbolParams, query: z.object({ ...instrumentFieldsSchema.shape, rows: numberText(z.number().int().min(1).max(50)).optional() }), response: depthSchema, errors: ASKING },
  chain: {
    method: 'GET', path: '/v1/chains/:symbol', group: 'market', accounts: 'none', summary: 'An option chain with Greeks', scope: 'read', params: symbolParams,
    query: z.object({
      mode: marketData.mode, exchange: z.string().max(32).optional(), tradingClass: z.string().max(32).optional(), expiries: listQuery.optional(), fromExpiry: z.string().max(10).optional(), toExpiry: z.string().max(10).optional(), nextExpiries: numberText(z.number().int().min(1).max(100)).optional(),
      fromStrike: numberText(z.number()).optional(), toStrike: numberText(z.number()).optional(), strikesEachSide: numberText(z.number().int().min(1).max(500)).optional(), right: rightSchema.optional(), timeoutMs: numberText(z.number().int().min(1000).max(600_000)).optional(),
    }),
    response: chainSchema, errors: ASKING,
  }, // prettier-ignore
  history: { method: 'GET', path: '/v1/history', group: 'market', accounts: 'none', summary: 'Bars of the past, page by page', scope: 'read', query: z.object({ ...historyRange, ...page }), response: historySchema, errors: ASKING },
  historyPlan: { method: 'GET', path: '/v1/history/plan', group: 'market', accounts: 'none', summary: 'How many requests a history takes and how long, before anything is asked', scope: 'read', query: z.object(historyRange), response: historyPlanSchema, errors: ASKING },
  news: { method: 'GET', path: '/v1/news/:symbol', group: 'market', accounts: 'none', summary: 'Headlines', scope: 'read', params: symbolParams, query: z.object({ ...instrumentFieldsSchema.shape, ...range, providers: listQuery.optional(), limit: limitQuery }), response: headlinesSchema, errors: ASKING },
  article: { method: 'GET', path: '/v1/news/articles/:provider/:article', group: 'market', accounts: 'none', summary: 'The text of an article', scope: 'read', params: z.object({ provider: z.string().min(1).max(32), article: z.string().min(1).max(128) }), response: articleSchema, errors: ASKING },
  scan: { method: 'GET', path: '/v1/scans/:code', group: 'market', accounts: 'none', summary: 'A market scan', scope: 'read', params: z.object({ code: z.string().min(1).max(64) }), query: z.object({ instrument: z.string().max(32).optional(), location: z.string().max(64).optional(), rows: numberText(z.number().int().min(1).max(50)).optional(), filters: z.string().max(1000).optional().describe('name=value, separated by commas') }), response: scanSchema, errors: ASKING },
  histogram: { method: 'GET', path: '/v1/histogram/:symbol', group: 'market', accounts: 'none', summary: 'How much was traded at which price', scope: 'read', params: symbolParams, query: z.object({ ...instrumentFieldsSchema.shape, period: z.string().max(16).optional().describe('3 days, 1 week, ...'), useRth: flagQuery.optional() }), response: histogramSchema, errors: ASKING },

  orders: { method: 'GET', path: '/v1/orders', group: 'orders', accounts: 'own', summary: 'Our orders, newest first, and the open ones of others', scope: 'read', query: z.object({ status: z.enum(['open', 'ended', 'unknown', 'all']).optional().describe('open when nothing else is said'), account: z.string().max(32).optional(), tag: z.string().max(128).optional(), key: z.string().max(64).optional(), ...page }), response: ordersSchema, errors: GUARDED },
  previewOrder: { method: 'POST', path: '/v1/orders/preview', group: 'orders', accounts: 'own', summary: 'What an order would be, cost and do to the margin; nothing is placed', scope: 'read', body: z.strictObject({ ticket: orderTicketSchema, whatIf: z.boolean().optional().describe('Ask the broker for margin and commission; yes when nothing else is said') }), response: previewSchema, errors: ACTING },
  placeOrder: { method: 'POST', path: '/v1/orders', group: 'orders', accounts: 'own', summary: 'Places an order. 202: recorded, and its outcome is open or unknown', scope: 'trade', idempotent: true, query: z.object(waiting), body: placementSchema, response: placedSchema, statuses: [201, 200, 202], errors: ACTING },
  order: { method: 'GET', path: '/v1/orders/:id', group: 'orders', accounts: 'own', summary: 'One order, by its id or its key', scope: 'read', params: idParams, response: orderSchema, errors: [...GUARDED, 404] },
  modifyOrder: { method: 'PATCH', path: '/v1/orders/:id', group: 'orders', accounts: 'own', summary: 'Changes a working order', scope: 'trade', params: idParams, query: z.object(waiting), body: orderChangesSchema, response: orderSchema, statuses: [200, 202], errors: ACTING },
  cancelOrder: { method: 'DELETE', path: '/v1/orders/:id', group: 'orders', accounts: 'own', summary: 'Cancels an order', scope: 'trade', params: idParams, query: z.object(waiting), response: orderSchema, statuses: [200, 202], errors: ACTING },
  cancelAll: { method: 'DELETE', path: '/v1/orders', group: 'orders', accounts: 'refused', summary: 'Cancels our open orders', scope: 'trade', query: z.object({ all: flagQuery.optional().describe('Those of others, too') }), response: cancelReportSchema, statuses: [202], errors: ACTING },
  fills: { method: 'GET', path: '/v1/fills', group: 'orders', accounts: 'own', summary: 'Our fills', scope: 'read', query: z.object({ ...range, account: z.string().max(32).optional(), key: z.string().max(64).optional(), ...page }), response: fillsSchema, errors: GUARDED },

  reconcile: { method: 'POST', path: '/v1/reconcile', group: 'risk', accounts: 'own', summary: 'Compares the journal with the broker now', scope: 'trade', response: reconcileSchema, errors: ACTING },
  lastReconcile: { method: 'GET', path: '/v1/reconcile', group: 'risk', accounts: 'own', summary: 'What the latest comparison with the broker found', scope: 'read', response: reconcileSchema, errors: [...GUARDED, 404] },
  risk: { method: 'GET', path: '/v1/risk', group: 'risk', accounts: 'own', summary: 'Order gate, arming, kill switch, caps', scope: 'read', response: riskSchema, errors: GUARDED },
  arm: { method: 'POST', path: '/v1/arm', group: 'risk', accounts: 'own', summary: 'Allows live orders in one account for a while', scope: 'admin', body: armRequestSchema, response: armingSchema, errors: ACTING },
  disarm: { method: 'DELETE', path: '/v1/arm', group: 'risk', accounts: 'own', summary: 'Ends the arming', scope: 'trade', query: z.object({ reason: z.string().max(500).optional() }), response: switchedSchema, errors: ACTING },
  kill: { method: 'POST', path: '/v1/kill', group: 'risk', accounts: 'refused', summary: 'The kill switch: cancels our orders and sends none until it is released', scope: 'trade', body: killRequestSchema, response: cancelReportSchema, errors: ACTING },
  releaseKill: { method: 'DELETE', path: '/v1/kill', group: 'risk', accounts: 'refused', summary: 'Switches the kill switch off', scope: 'admin', query: reasonSchema, response: switchedSchema, errors: ACTING },
  audit: { method: 'GET', path: '/v1/audit', group: 'risk', accounts: 'own', summary: 'Every decision, message and outcome, as it was written down', scope: 'read', query: z.object({ ...range, order: z.string().max(64).optional().describe('Its key or id'), redact: flagQuery.optional(), ...page }), response: auditSchema, errors: GUARDED },

  gateway: { method: 'GET', path: '/v1/gateway', group: 'gateway', accounts: 'none', summary: 'How the gateway process is', scope: 'read', response: gatewaySchema, errors: GUARDED },
  startGateway: { method: 'POST', path: '/v1/gateway/start', group: 'gateway', accounts: 'refused', summary: 'Starts the gateway process', scope: 'admin', response: gatewaySchema, statuses: [202], errors: ACTING },
  stopGateway: { method: 'POST', path: '/v1/gateway/stop', group: 'gateway', accounts: 'refused', summary: 'Stops the gateway process', scope: 'admin', response: gatewaySchema, statuses: [202], errors: ACTING },
  restartGateway: { method: 'POST', path: '/v1/gateway/restart', group: 'gateway', accounts: 'refused', summary: 'Restarts the gateway process', scope: 'admin', query: z.object({ force: flagQuery.optional() }), response: gatewaySchema, statuses: [202], errors: ACTING },

  flow: { method: 'GET', path: '/v1/flow/:view', group: 'flow', accounts: 'none', summary: 'The options flow service: status, tickers, trades, minute-data, divergence, predictions, data-range', scope: 'read', params: z.object({ view: z.enum(['status', 'tickers', 'trades', 'minute-data', 'divergence', 'predictions', 'data-range']) }), query: flowQuery, response: flowAnswer, errors: ASKING },

  error: { method: 'GET', path: '/v1/errors/:code', group: 'service', accounts: 'none', summary: 'What a TWS code means and what to do', scope: 'read', params: z.object({ code: numberText(z.number().int().min(0).max(999_999)) }), response: errorExplanationSchema, errors: [...GUARDED, 404] },
  errors: { method: 'GET', path: '/v1/errors', group: 'service', accounts: 'own', summary: 'What went wrong lately, with tips', scope: 'read', query: z.object({ limit: limitQuery }), response: recentErrorsSchema, errors: GUARDED },
  recordings: { method: 'GET', path: '/v1/recordings', group: 'service', accounts: 'refused', summary: 'What is recorded', scope: 'read', response: recordingsSchema, errors: [...GUARDED, 503] },
  startRecording: { method: 'POST', path: '/v1/recordings', group: 'service', accounts: 'refused', summary: 'Begins to record topics', scope: 'admin', body: recordingRequestSchema, response: recordingSchema, statuses: [201], errors: ASKING },
  stopRecording: { method: 'DELETE', path: '/v1/recordings/:id', group: 'service', accounts: 'refused', summary: 'Ends a recording', scope: 'admin', params: idParams, response: recordingSchema, errors: [...GUARDED, 404, 503] },
  tokens: { method: 'GET', path: '/v1/tokens', group: 'service', accounts: 'refused', summary: 'The tokens, without their secrets', scope: 'admin', response: tokensSchema, errors: GUARDED },
  createToken: { method: 'POST', path: '/v1/tokens', group: 'service', accounts: 'refused', summary: 'Makes a token', scope: 'admin', body: tokenRequestSchema, response: newTokenSchema, statuses: [201], errors: [...GUARDED, 409] },
  revokeToken: { method: 'DELETE', path: '/v1/tokens/:id', group: 'service', accounts: 'refused', summary: 'Revokes a token', scope: 'admin', params: idParams, response: tokenSchema, errors: [...GUARDED, 404, 409] },
  createTicket: { method: 'POST', path: '/v1/ws-tickets', group: 'service', accounts: 'none', summary: 'A ticket that opens one stream within 30 s: how a browser does it', scope: 'read', response: ticketSchema, statuses: [201], errors: GUARDED },
  connections: { method: 'GET', path: '/v1/connections', group: 'service', accounts: 'own', summary: 'Who listens to the stream, and how well', scope: 'read', response: streamClientsSchema, errors: GUARDED },
} as const satisfies Readonly<Record<string, Route>>;

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
