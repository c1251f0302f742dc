import * as z from 'zod';
import { contractSchema } from '../values/instrument.js';

/** Answer of `GET /v1/scans/:code`. */
export const scanSchema = z
  .object({
    code: z.string(),
    rows: z.array(
      z.object({ rank: z.number().int(), contract: contractSchema, marketName: z.string(), distance: z.string().optional(), benchmark: z.string().optional(), projection: z.string().optional(), legs: z.string().optional() }),
    ),
  })
  .meta({ id: 'Scan' });

/** Answer of `GET /v1/histogram/:symbol`. */
export const histogramSchema = z.object({ symbol: z.string(), conId: z.number(), rows: z.array(z.object({ price: z.number(), size: z.number() })) }).meta({ id: 'Histogram' });

/** See {@link scanSchema}. */
export type ApiScan = z.infer<typeof scanSchema>;
/** See {@link histogramSchema}. */
export type ApiHistogram = z.infer<typeof histogramSchema>;
