import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** Answer of `GET /v1/connections`: who listens to the stream, and how well. */
export const streamClientsSchema = z
  .object({
    connections: z.array(
      z.object({ id: z.string(), tokenId: z.string(), scope: z.string(), encoding: z.enum(['json', 'msgpack']), sinceMs: instantSchema, subscriptions: z.number().int(), sentFrames: z.number().int(), sentBytes: z.number().int(), bufferedBytes: z.number().int(), conflated: z.number().int(), demoted: z.boolean(), paused: z.boolean() }),
    ),
    topics: z.array(z.object({ topic: z.string(), subscribers: z.number().int(), events: z.number().int() })),
  })
  .meta({ id: 'StreamClients' });

/** See {@link streamClientsSchema}. */
export type ApiStreamClients = z.infer<typeof streamClientsSchema>;
