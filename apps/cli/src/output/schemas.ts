import {
  accountsSchema, armingSchema, articleSchema, auditEntrySchema, barSchema, cancelReportSchema, chainSchema, depthSchema, diagnosisSchema, errorExplanationSchema, fillsSchema, gatewaySchema, greeksSchema, headlinesSchema, historyPlanSchema,
  newTokenSchema, orderSchema, ordersSchema, placedSchema, pnlListSchema, pnlSchema, positionsSchema, previewSchema, quoteSchema, readinessSchema, recentErrorsSchema, reconcileSchema, scanSchema, statusSchema,
  switchedSchema, tokenSchema, tokensSchema,
} from '@ibkit/api-contract'; // prettier-ignore
import * as z from 'zod';

/** Answer of every command that fails. */
const failure = z.object({ code: z.string(), ibCode: z.number().optional(), message: z.string(), retryable: z.boolean(), tips: z.array(z.string()), exitCode: z.number().int() });
const instant = z.string().describe('ISO 8601, UTC');
const flow = z.record(z.string(), z.unknown());

/** What stands between the data of a stream. */
const beside = [
  z.object({ event: z.literal('gap'), symbol: z.string(), from: instant.optional(), to: instant.optional(), reason: z.string() }),
  z.object({ event: z.literal('connection'), what: z.enum(['lost', 'recovered', 'degraded', 'given up']), state: z.string(), at: instant, reason: z.string() }),
  z.object({ event: z.literal('error'), symbol: z.string(), error: failure }),
] as const;

const trade = z.object({ event: z.literal('trade'), symbol: z.string(), time: instant, price: z.number(), size: z.number(), exchange: z.string(), conditions: z.string(), pastLimit: z.boolean(), unreported: z.boolean() });

const row = z.object({ type: z.enum(['trade', 'quote', 'bar', 'depth', 'gap', 'session', 'frame']), seq: z.number() }).loose();

/** What commands print with `--json`, by the names of the command table. Answers of the contract are taken as they are. */
export const OUTPUT_SCHEMAS = {
  error: z.object({ error: failure }),
  check: statusSchema.extend({ ok: z.literal(true), roundTripMs: z.number() }),
  doctor: diagnosisSchema,
  status: statusSchema.extend({ via: z.enum(['direct', 'daemon']), readiness: readinessSchema, errors: recentErrorsSchema.shape.errors }),
  quotes: z.object({ quotes: z.array(quoteSchema), errors: z.array(failure.extend({ symbol: z.string() })).optional() }),
  'watch-line': z.discriminatedUnion('event', [quoteSchema.extend({ event: z.literal('quote'), at: instant }), trade, ...beside]),
  chain: chainSchema,
  greeks: z.object({ symbol: z.string().optional(), expiry: z.string(), strike: z.number(), right: z.enum(['C', 'P']), conId: z.number().optional(), mode: z.string().optional(), stale: z.boolean().optional(), bid: z.number().optional(), ask: z.number().optional(), greeks: greeksSchema }),
  depth: depthSchema,
  'depth-line': z.discriminatedUnion('event', [depthSchema.pick({ symbol: true, conId: true, bids: true, asks: true, stale: true, staleReason: true, crossed: true }).extend({ event: z.literal('depth'), at: instant }), ...beside]),
  bar: z.union([barSchema, z.object({ gap: z.object({ fromMs: z.number(), toMs: z.number(), reason: z.string() }) })]),
  'history-plan': historyPlanSchema,
  'history-file': z.object({ file: z.string(), bars: z.number(), gaps: z.number(), whole: z.boolean().describe('False when it was stopped before its end') }),
  news: headlinesSchema,
  article: articleSchema,
  scan: scanSchema,
  positions: positionsSchema,
  'positions-line': z.discriminatedUnion('event', [positionsSchema.extend({ event: z.literal('positions'), at: instant }), ...beside]),
  account: accountsSchema,
  pnl: pnlListSchema,
  'pnl-line': z.discriminatedUnion('event', [pnlSchema.extend({ event: z.literal('pnl'), at: instant }), ...beside]),
  order: z.discriminatedUnion('submitted', [z.object({ submitted: z.literal(false), preview: previewSchema }), placedSchema.extend({ submitted: z.literal(true) })]),
  'order-state': orderSchema,
  'cancel-all': cancelReportSchema,
  orders: ordersSchema,
  fills: fillsSchema,
  reconcile: reconcileSchema,
  'audit-line': auditEntrySchema,
  'audit-verification': z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), records: z.number(), anchor: z.object({ seq: z.number(), hash: z.string() }).describe('To be kept elsewhere: proves later that nothing was cut off') }),
    z.object({ ok: z.literal(false), seq: z.number().describe('The first record that is broken'), reason: z.string() }),
  ]),
  arm: armingSchema,
  switched: switchedSchema,
  gateway: gatewaySchema,
  daemon: z.object({ running: z.boolean(), url: z.string().optional(), pid: z.number().optional(), logFile: z.string().optional(), status: statusSchema.optional() }),
  'new-token': newTokenSchema,
  tokens: tokensSchema,
  token: tokenSchema,
  'record-line': z.object({ event: z.enum(['started', 'stopped']), directory: z.string(), rows: z.number(), lost: z.number(), bytes: z.number() }),
  'replay-line': row,
  'replay-description': z.object({
    segments: z.array(z.object({ index: z.number(), state: z.enum(['sealed', 'open', 'missing']), file: z.string().optional(), rows: z.number().optional(), bytes: z.number().optional(), fromMs: z.number().optional(), toMs: z.number().optional() })),
    rows: z.number().describe('In sealed segments, as the other counts'),
    kinds: z.record(z.string(), z.number()), bytes: z.number(), fromMs: z.number().optional(), toMs: z.number().optional(),
    source: z.object({ name: z.string(), recordedBy: z.string().optional(), details: z.record(z.string(), z.string()).optional() }).optional(),
    live: z.boolean().describe('Somebody writes it at this moment'),
  }),
  'replay-export': z.object({ file: z.string(), rows: z.number(), bytes: z.number(), gaps: z.number().describe('Above 0 the file does not tell everything that happened') }),
  flow,
  explain: z.union([errorExplanationSchema, z.object({ codes: z.array(errorExplanationSchema) })]),
  simulate: z.object({ event: z.literal('listening'), host: z.string(), port: z.number(), controlPort: z.number().optional() }),
  config: z.object({ file: z.string(), values: z.array(z.object({ name: z.string(), value: z.unknown(), source: z.string() })), effectivePort: z.number() }),
  'config-path': z.object({ file: z.string() }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** The name of an {@link OUTPUT_SCHEMAS} entry. */
export type OutputSchemaName = keyof typeof OUTPUT_SCHEMAS;

function isName(name: string): name is OutputSchemaName {
  return Object.hasOwn(OUTPUT_SCHEMAS, name);
}

/** The JSON schema (draft 2020-12) of what is printed; `undefined` for a name that there is none of. */
export function outputSchema(name: string): Record<string, unknown> | undefined {
  return isName(name) ? { title: `ibkit ${name}`, ...z.toJSONSchema(OUTPUT_SCHEMAS[name], { io: 'output' }) } : undefined;
}
