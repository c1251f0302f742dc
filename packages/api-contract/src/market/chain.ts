import * as z from 'zod';
import { contractSchema } from '../values/instrument.js';
import { instantSchema, modeSchema, priceSchema, rightSchema, sizeSchema } from '../values/values.js';
import { greeksSchema } from './quote.js';

/** One option of a chain. */
export const chainRowSchema = z
  .object({
    conId: z.number(),
    expiry: z.string(),
    strike: z.number(),
    right: rightSchema,
    tradingClass: z.string(),
    bid: priceSchema,
    bidSize: sizeSchema,
    ask: priceSchema,
    askSize: sizeSchema,
    last: priceSchema,
    volume: sizeSchema,
    openInterest: sizeSchema,
    greeks: greeksSchema.optional(),
    mode: modeSchema,
    complete: z.boolean().describe('Bid, ask and Greeks are there, or it is known that there is none'),
    missing: z.array(z.enum(['bid', 'ask', 'greeks'])),
    incompleteReason: z.string().optional(),
    stale: z.boolean(),
    staleReason: z.string().optional(),
    readAtMs: instantSchema.optional(),
  })
  .meta({ id: 'ChainRow' });

/** Answer of `GET /v1/chains/:symbol`. */
export const chainSchema = z
  .object({
    underlying: z.object({ contract: contractSchema, price: priceSchema, mode: modeSchema, stale: z.boolean() }),
    expiries: z.array(z.string()),
    rows: z.array(chainRowSchema).describe('Sorted by expiry, strike and right'),
    complete: z.boolean(),
    partial: z.object({ reason: z.string(), missing: z.number().int() }).optional().describe('Why rows are missing, when the chain is not complete'),
    startedAtMs: instantSchema,
    endedAtMs: instantSchema,
  })
  .meta({ id: 'Chain' });

/** See {@link chainRowSchema}. */
export type ApiChainRow = z.infer<typeof chainRowSchema>;
/** See {@link chainSchema}. */
export type ApiChain = z.infer<typeof chainSchema>;
