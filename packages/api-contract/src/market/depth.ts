import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** One price level of a book. */
export const depthLevelSchema = z.object({ price: z.number(), size: z.number(), marketMaker: z.string().optional() }).meta({ id: 'DepthLevel' });

/** Answer of `GET /v1/depth/:symbol`. */
export const depthSchema = z
  .object({
    symbol: z.string(),
    conId: z.number(),
    bids: z.array(depthLevelSchema).describe('Best first'),
    asks: z.array(depthLevelSchema).describe('Best first'),
    stale: z.boolean(),
    staleReason: z.string().optional(),
    crossed: z.boolean().describe('The best bid is above the best ask'),
    receivedAtMs: instantSchema.optional(),
    gaps: z.number(),
    resets: z.number(),
  })
  .meta({ id: 'Depth' });

/** See {@link depthSchema}. */
export type ApiDepth = z.infer<typeof depthSchema>;
/** See {@link depthLevelSchema}. */
export type ApiDepthLevel = z.infer<typeof depthLevelSchema>;
