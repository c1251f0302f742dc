import * as z from 'zod';
import { instantSchema, modeSchema, priceSchema, sizeSchema } from '../values/values.js';

/** What the broker or we compute of an option; volatilities are shares (0.2 is 20 %), vega per point of volatility, theta per day. */
export const greeksSchema = z
  .object({
    source: z.enum(['tws', 'local']).describe('Told by the broker, or computed here because it told none'),
    impliedVolatility: z.number().optional(),
    delta: z.number().optional(),
    gamma: z.number().optional(),
    vega: z.number().optional(),
    theta: z.number().optional(),
    rho: z.number().optional(),
    price: z.number().optional(),
    underlyingPrice: z.number().optional(),
  })
  .meta({ id: 'Greeks' });

/** Answer of `GET /v1/quotes/:symbol`. A value that is not known is absent, never 0 or -1. */
export const quoteSchema = z
  .object({
    symbol: z.string(),
    conId: z.number(),
    bid: priceSchema,
    bidSize: sizeSchema,
    ask: priceSchema,
    askSize: sizeSchema,
    last: priceSchema,
    lastSize: sizeSchema,
    volume: sizeSchema,
    open: priceSchema,
    high: priceSchema,
    low: priceSchema,
    close: priceSchema,
    mode: modeSchema,
    halted: z.boolean().optional(),
    session: z.string().optional().describe('Of the market: regular, extended, closed, unknown'),
    greeks: greeksSchema.optional(),
    stale: z.boolean().describe('True from a break in the connection until fresh data arrives'),
    staleReason: z.string().optional(),
    gaps: z.number().optional().describe('How often the line was broken since it was opened'),
    receivedAtMs: instantSchema.describe('When the newest value was received, epoch milliseconds UTC'),
    ageMs: z.number().describe('How old the newest value is'),
  })
  .meta({ id: 'Quote' });

/** See {@link quoteSchema}. */
export type ApiQuote = z.infer<typeof quoteSchema>;
/** See {@link greeksSchema}. */
export type ApiGreeks = z.infer<typeof greeksSchema>;
