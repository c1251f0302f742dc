import * as z from 'zod';
import { healthSchema } from './health.js';

/** Answer of `GET /v1/status`. */
export const statusSchema = z.object({
  version: z.string(),
  uptimeMs: z.number().describe('Of the daemon'),
  simulated: z.boolean().describe('Whether the gateway is the embedded simulator'),
  connection: z.object({
    state: z.enum(['disconnected', 'connecting', 'connected', 'reconnecting', 'failed']),
    host: z.string(),
    port: z.number(),
    clientId: z.number(),
    mode: z.enum(['paper', 'live']),
    serverVersion: z.number().optional(),
    connectedForMs: z.number().optional().describe('Age of the present session; absent while there is none'),
    reconnectCount: z.number(),
    serverTimeMs: z.number().optional().describe('The gateway\'s clock, epoch milliseconds; absent until it was learned'),
    accounts: z.array(z.string()),
  }),
  health: healthSchema,
  usage: z
    .object({
      openLines: z.number().int().describe('Market data lines of quotes that are open at the broker'),
      pendingRequests: z.number().int().optional().describe('Requests that wait for an answer'),
      waitingMessages: z.number().int().describe('Messages that wait for their turn'),
      messageHeadroom: z.number().int().describe('Messages that could leave right now'),
      messagesPerSecond: z.number().describe('The rate in force: below the usual one while a throttle recovers'),
      inboundAgeMs: z.number().optional().describe('How long nothing has arrived from the gateway'),
    })
    .optional(),
});

/** See {@link statusSchema}. */
export type ApiStatus = z.infer<typeof statusSchema>;
