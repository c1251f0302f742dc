import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as contract from './index.js';

describe('api-contract', () => {
  it('exports these names and no others', () => {
    expect(Object.keys(contract).sort()).toEqual([
      'LARGEST_AMOUNT', 'ORDER_TYPES', 'ROUTES', 'SCOPES', 'SEC_TYPES', 'STREAM_API_LEVEL', 'STREAM_BAR_SIZES', 'STREAM_CLOSE', 'STREAM_CODES', 'STREAM_MODES', 'STREAM_PROTOCOLS', 'TICK_KINDS', 'TIMES_IN_FORCE', 'TOPIC_KINDS', 'accountValueSchema', 'accountsSchema', 'applyTopicDelta', 'armRequestSchema', 'armingSchema', 'articleSchema', 'asyncApiDocument', 'auditEntrySchema', 'auditSchema', 'authMessageSchema', 'barDataSchema', 'barSchema', 'cancelReportSchema', 'chainRowSchema', 'chainSchema', 'clientMessageSchema', 'commissionSchema', 'contractDetailsSchema', 'contractSchema', 'cursorSchema', 'daySchema', 'decimalSchema', 'decimalText', 'deltaMessageSchema', 'depthDataSchema', 'depthLevelSchema', 'depthSchema', 'diagnosisSchema', 'endMessageSchema', 'errMessageSchema', 'errorExplanationSchema', 'fillDataSchema', 'fillSchema', 'fillsSchema', 'foreignOrderSchema', 'gapMessageSchema', 'gatewaySchema', 'greeksSchema', 'headlineSchema', 'headlinesSchema', 'healthDataSchema', 'healthSchema', 'heartbeatMessageSchema', 'helloMessageSchema', 'histogramSchema', 'historyGapSchema', 'historyPlanSchema', 'historySchema', 'instantSchema', 'instrumentFieldsSchema', 'instrumentSchema', 'instrumentTextSchema', 'isExactNumber', 'killRequestSchema', 'layerSchema', 'legSchema', 'livenessSchema', 'mergeTopicDeltas', 'microsecondsSchema', 'modeSchema', 'newTokenSchema', 'openApiDocument', 'orderAttributesSchema', 'orderChangesSchema', 'orderConditionSchema', 'orderDataSchema', 'orderPricesSchema', 'orderSchema', 'orderStatusSchema', 'orderTermsSchema', 'orderTicketSchema', 'ordersSchema', 'parseTopic', 'pingMessageSchema', 'placedSchema', 'placementSchema', 'pnlDataSchema', 'pnlListSchema', 'pnlSchema', 'pongMessageSchema', 'positionDataSchema', 'positionSchema', 'positionsSchema', 'previewSchema', 'priceSchema', 'problemSchema', 'quotaSchema', 'quoteChangeSchema', 'quoteDataSchema', 'quoteSchema', 'readinessSchema', 'reasonSchema', 'recentErrorsSchema', 'reconcileSchema', 'recordingRequestSchema', 'recordingSchema', 'recordingsSchema', 'resumedMessageSchema', 'resyncMessageSchema', 'rightSchema', 'riskSchema', 'scanSchema', 'scopeSchema', 'serverMessageSchema', 'sizeSchema', 'snapshotMessageSchema', 'staleMessageSchema', 'stateMessageSchema', 'statusOf', 'statusSchema', 'streamClientsSchema', 'subMessageSchema', 'switchedSchema', 'tickDataSchema', 'ticketSchema', 'tokenRequestSchema', 'tokenSchema', 'tokensSchema', 'topicText', 'tradeDataSchema', 'unsubMessageSchema', 'welcomeMessageSchema', 'whatIfSchema',
    ]);
  });

  it('leaves only the liveness probe without a token', () => {
    const open = Object.values<contract.Route>(contract.ROUTES).filter((route) => route.scope === undefined);
    expect(open.map((route) => route.path)).toEqual(['/healthz']);
  });

  it('names each path once, and a 401 exactly where a token is needed', () => {
    const routes = Object.values<contract.Route>(contract.ROUTES);
    expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
    for (const { scope, errors, path } of routes) expect(errors.includes(401), path).toBe(scope !== undefined);
  });

  it('can be turned into documents', () => {
    for (const { response } of Object.values<contract.Route>(contract.ROUTES)) expect(z.toJSONSchema(response, { reused: 'inline' })).toHaveProperty('$schema');
  });

  it('wants a code, a status of an error and a word on retrying in every problem', () => {
    const problem = { type: 'about:blank', title: 'Not found', status: 404, detail: 'No contract', code: 'IBKR_CONTRACT_NOT_FOUND', ibCode: 200, retryable: false };
    expect(contract.problemSchema.parse(problem)).toEqual(problem);
    expect(contract.problemSchema.safeParse({ ...problem, status: 200 }).success).toBe(false);
    expect(contract.problemSchema.safeParse({ ...problem, retryable: undefined }).success).toBe(false);
  });

  it('refuses numbers that JSON cannot carry', () => {
    const quote = { symbol: 'SPY', conId: 756733, mode: 'live', stale: false, receivedAtMs: 1, ageMs: 0 };
    for (const bid of [Number.NaN, Number.POSITIVE_INFINITY, '1']) expect(contract.quoteSchema.safeParse({ ...quote, bid }).success).toBe(false);
  });

  it('takes a quote without prices and refuses one whose mode is made up', () => {
    const quote = { symbol: 'SPY', conId: 756733, mode: 'delayed', stale: false, receivedAtMs: 1, ageMs: 0 };
    expect(contract.quoteSchema.safeParse(quote).success).toBe(true);
    expect(contract.quoteSchema.safeParse({ ...quote, mode: 'realtime' }).success).toBe(false);
  });
});
