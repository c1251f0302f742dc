import * as z from 'zod';
import type { AccountRule } from '../routes/route.js';
import { healthSchema, readinessSchema } from '../health/health.js';
import { gatewaySchema } from '../service/gateway.js';
import { commissionSchema, fillSchema, orderSchema } from '../trading/order.js';
import { auditEntrySchema, riskSchema } from '../trading/risk.js';
import { decimalSchema, instantSchema, modeSchema } from '../values/values.js';
import { accountValueSchema, positionSchema } from '../broker/accounts.js';

/** Integer microseconds since 1970, UTC. */
export const microsecondsSchema = z.number().int().describe('Microseconds since 1970-01-01, UTC');

const decimal = decimalSchema.optional();
const greeksText = z.object({ source: z.enum(['tws', 'local']), impliedVolatility: decimal, delta: decimal, gamma: decimal, vega: decimal, theta: decimal, price: decimal, underlyingPrice: decimal });

/** A quote on the stream: prices and sizes are decimal text. */
export const quoteDataSchema = z
  .object({
    symbol: z.string(), conId: z.number(),
    bid: decimal, bidSize: decimal, ask: decimal, askSize: decimal, last: decimal, lastSize: decimal, volume: decimal, open: decimal, high: decimal, low: decimal, close: decimal,
    mode: modeSchema, halted: z.boolean().optional(), session: z.string().optional(), greeks: greeksText.optional(),
    stale: z.boolean(), staleReason: z.string().optional(), receivedAtUs: microsecondsSchema.optional().describe('Absent until something was received'),
  }) // prettier-ignore
  .meta({ id: 'QuoteData' });

const changed = decimalSchema.nullable().optional();

/** What changed of a quote: only the fields that did; `null` for one that is not known any more. */
export const quoteChangeSchema = z
  .object({
    bid: changed, bidSize: changed, ask: changed, askSize: changed, last: changed, lastSize: changed, volume: changed, open: changed, high: changed, low: changed, close: changed,
    mode: modeSchema.optional(), halted: z.boolean().nullable().optional(), session: z.string().nullable().optional(), greeks: greeksText.nullable().optional(),
    stale: z.boolean().optional(), staleReason: z.string().nullable().optional(), receivedAtUs: microsecondsSchema.optional(),
  }) // prettier-ignore
  .meta({ id: 'QuoteChange' });

/** One trade. */
export const tradeDataSchema = z
  .object({ symbol: z.string(), conId: z.number(), price: decimalSchema, size: decimalSchema, exchange: z.string(), conditions: z.string(), pastLimit: z.boolean(), unreported: z.boolean(), tradedAtUs: microsecondsSchema.describe("The exchange's time, whole seconds"), receivedAtUs: microsecondsSchema })
  .meta({ id: 'TradeData' });

/** One bid and ask, or one midpoint, tick by tick. */
export const tickDataSchema = z
  .discriminatedUnion('kind', [
    tradeDataSchema.extend({ kind: z.literal('trade') }),
    z.object({ kind: z.literal('bidAsk'), symbol: z.string(), conId: z.number(), bid: decimalSchema, ask: decimalSchema, bidSize: decimalSchema, askSize: decimalSchema, bidPastLow: z.boolean(), askPastHigh: z.boolean(), quotedAtUs: microsecondsSchema, receivedAtUs: microsecondsSchema }),
    z.object({ kind: z.literal('midPoint'), symbol: z.string(), conId: z.number(), price: decimalSchema, quotedAtUs: microsecondsSchema, receivedAtUs: microsecondsSchema }),
  ])
  .meta({ id: 'TickData' });

/** One bar on the stream. */
export const barDataSchema = z
  .object({ timeUs: microsecondsSchema.describe('Its beginning'), open: decimalSchema, high: decimalSchema, low: decimalSchema, close: decimalSchema, volume: decimal, wap: decimal, count: z.number().optional(), complete: z.boolean() })
  .meta({ id: 'BarData' });

const level = z.object({ price: decimalSchema, size: decimalSchema, marketMaker: z.string().optional() });

/** A whole book: deltas carry it whole, too, since a book is short. */
export const depthDataSchema = z
  .object({ symbol: z.string(), conId: z.number(), bids: z.array(level), asks: z.array(level), stale: z.boolean(), staleReason: z.string().optional(), crossed: z.boolean(), receivedAtUs: microsecondsSchema.optional() })
  .meta({ id: 'DepthData' });

const commissionData = z.discriminatedUnion('status', [commissionSchema.options[0], commissionSchema.options[1].extend({ amount: decimalSchema, realizedPnl: decimal })]);

/** A fill on the stream. A later one with the same `execId` replaces it: its commission came, or it was corrected. */
export const fillDataSchema = fillSchema.extend({ quantity: decimalSchema, price: decimalSchema, commission: commissionData }).meta({ id: 'FillData' });

/** An order on the stream, always whole. */
export const orderDataSchema = orderSchema
  .extend({ quantity: decimalSchema, limitPrice: decimal, stopPrice: decimal, filledQuantity: decimalSchema, remainingQuantity: decimalSchema, averagePrice: decimal, fills: z.array(fillDataSchema) })
  .meta({ id: 'OrderData' });

/** A position on the stream; one of `"0"` is closed. */
export const positionDataSchema = positionSchema
  .extend({ position: decimalSchema, averageCost: decimal, marketPrice: decimal, marketValue: decimal, unrealizedPnl: decimal, realizedPnl: decimal })
  .meta({ id: 'PositionData' });

/** Profit and loss on the stream. */
export const pnlDataSchema = z.object({ account: z.string(), conId: z.number().optional(), dailyPnl: decimal, unrealizedPnl: decimal, realizedPnl: decimal, stale: z.boolean(), receivedAtUs: microsecondsSchema.optional() }).meta({ id: 'PnlData' });

/** The connection, layer by layer, with readiness. */
export const healthDataSchema = z.object({ state: z.string(), health: healthSchema, readiness: readinessSchema.omit({ ready: true }), reconnectCount: z.number(), serverTimeMs: instantSchema.optional() }).meta({ id: 'HealthData' });

/** How a subscription is fed. `all`: everything. `latest`: at most one merged update per interval, as soon as there is one. `sampled`: one per interval, by the clock. */
export const STREAM_MODES = ['all', 'latest', 'sampled'] as const;

/** One of {@link STREAM_MODES}. */
export type StreamMode = (typeof STREAM_MODES)[number];

/** One kind of topic. */
export interface TopicKind {
  /** How it is written: `:instrument`, `:account`, `:tick` and `:size` stand for values. */
  readonly pattern: string;
  readonly summary: string;
  /** What a token that is limited to accounts gets of it. */
  readonly accounts: Exclude<AccountRule, 'refused'>;
  /** Durable: every change since any retained position can be resumed, over restarts of the daemon, and none is ever folded or dropped. */
  readonly durable: boolean;
  /** The modes that it can be fed in, the default first. */
  readonly modes: readonly StreamMode[];
  readonly snapshot: z.ZodType;
  readonly delta: z.ZodType;
}

/** The kinds of tick-by-tick data. */
export const TICK_KINDS = ['last', 'allLast', 'bidAsk', 'midPoint'] as const;

/** The sizes of bars on the stream. `5s` are TWS real-time bars; the others grow from history that is kept up to date. */
export const STREAM_BAR_SIZES = ['5s', '1m', '5m', '15m', '30m', '1h', '1d'] as const;

/** Every kind of topic. */
export const TOPIC_KINDS = {
  quotes: { pattern: 'quotes/:instrument', summary: 'The quote of an instrument; TWS itself conflates these', accounts: 'none', durable: false, modes: ['latest', 'all', 'sampled'], snapshot: quoteDataSchema, delta: quoteChangeSchema },
  trades: { pattern: 'trades/:instrument', summary: 'Every trade of an instrument, tick by tick', accounts: 'none', durable: false, modes: ['all'], snapshot: z.object({ last: tradeDataSchema.optional() }), delta: tradeDataSchema },
  ticks: { pattern: 'ticks/:instrument/:tick', summary: 'Tick-by-tick data of one kind: last, allLast, bidAsk or midPoint', accounts: 'none', durable: false, modes: ['all'], snapshot: z.object({ last: tickDataSchema.optional() }), delta: tickDataSchema },
  bars: { pattern: 'bars/:instrument/:size', summary: 'Bars as they grow and when they are complete: 5s, 1m, 5m, 15m, 30m, 1h or 1d', accounts: 'none', durable: false, modes: ['all', 'latest', 'sampled'], snapshot: z.object({ bar: barDataSchema.optional() }), delta: z.object({ bar: barDataSchema }) },
  depth: { pattern: 'depth/:instrument', summary: 'The book of an instrument', accounts: 'none', durable: false, modes: ['latest', 'all', 'sampled'], snapshot: depthDataSchema, delta: depthDataSchema },
  orders: { pattern: 'orders', summary: 'Our orders: the open ones, then every change', accounts: 'own', durable: true, modes: ['all'], snapshot: z.object({ orders: z.array(orderDataSchema) }), delta: z.object({ order: orderDataSchema }) },
  executions: { pattern: 'executions', summary: "Our fills: today's, then every one", accounts: 'own', durable: true, modes: ['all'], snapshot: z.object({ fills: z.array(fillDataSchema) }), delta: z.object({ fill: fillDataSchema }) },
  positions: { pattern: 'positions', summary: 'Positions of all accounts', accounts: 'own', durable: false, modes: ['latest', 'all', 'sampled'], snapshot: z.object({ positions: z.array(positionDataSchema) }), delta: z.object({ positions: z.array(positionDataSchema).describe('Those that changed') }) },
  account: { pattern: 'account/:account', summary: 'Values of an account', accounts: 'own', durable: false, modes: ['latest', 'all', 'sampled'], snapshot: z.object({ account: z.string(), ready: z.boolean(), values: z.array(accountValueSchema) }), delta: z.object({ ready: z.boolean().optional(), values: z.array(accountValueSchema).describe('Those that changed') }) },
  pnl: { pattern: 'pnl/:account', summary: 'Profit and loss of an account', accounts: 'own', durable: false, modes: ['latest', 'all', 'sampled'], snapshot: pnlDataSchema, delta: pnlDataSchema },
  health: { pattern: 'health', summary: 'Connection layers, farms, readiness for data and for trading', accounts: 'none', durable: false, modes: ['all', 'latest', 'sampled'], snapshot: healthDataSchema, delta: healthDataSchema },
  gateway: { pattern: 'gateway', summary: 'The gateway process', accounts: 'none', durable: false, modes: ['all', 'latest', 'sampled'], snapshot: gatewaySchema, delta: gatewaySchema },
  risk: { pattern: 'risk', summary: 'Order gate, arming, kill switch', accounts: 'own', durable: false, modes: ['all', 'latest', 'sampled'], snapshot: riskSchema, delta: riskSchema },
  audit: { pattern: 'audit', summary: 'The audit trail as it is written', accounts: 'own', durable: true, modes: ['all'], snapshot: z.object({ entries: z.array(auditEntrySchema).describe('The newest, at most 50') }), delta: z.object({ entry: auditEntrySchema }) },
} as const satisfies Readonly<Record<string, TopicKind>>;

/** The name of a kind of topic. */
export type TopicKindName = keyof typeof TOPIC_KINDS;

/** The first message about a topic: all of it. */
export type TopicSnapshot<K extends TopicKindName> = z.infer<(typeof TOPIC_KINDS)[K]['snapshot']>;

/** What every later message about a topic carries. */
export type TopicDelta<K extends TopicKindName> = z.infer<(typeof TOPIC_KINDS)[K]['delta']>;
