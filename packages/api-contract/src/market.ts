import * as z from 'zod';

const price = z.number().optional();
const size = z.number().optional();

/** Answer of `GET /v1/quotes/:symbol`. A value that is not known is absent, never 0 or -1. */
export const quoteSchema = z.object({
  symbol: z.string(),
  conId: z.number(),
  bid: price,
  bidSize: size,
  ask: price,
  askSize: size,
  last: price,
  lastSize: size,
  volume: size,
  open: price,
  high: price,
  low: price,
  close: price,
  mode: z.enum(['live', 'frozen', 'delayed', 'delayed-frozen', 'unknown']),
  halted: z.boolean().optional(),
  stale: z.boolean().describe('True from a break in the connection until fresh data arrives'),
  staleReason: z.string().optional(),
  receivedAtMs: z.number().describe('When the newest value was received, epoch milliseconds UTC'),
  ageMs: z.number().describe('How old the newest value is'),
});

/** See {@link quoteSchema}. */
export type ApiQuote = z.infer<typeof quoteSchema>;
