import * as z from 'zod';

/** One layer of the link to the broker. */
export const layerSchema = z.object({
  status: z.enum(['up', 'down', 'unknown']),
  sinceMs: z.number().describe('Since when it has this status, epoch milliseconds UTC'),
  cause: z.string(),
});

/** The link layer by layer; there is no single "healthy" on purpose. */
export const healthSchema = z.object({
  tcp: layerSchema,
  handshake: layerSchema,
  api: layerSchema,
  upstream: layerSchema,
  farms: z.record(z.string(), layerSchema),
});

/** Answer of `GET /healthz`: the process answers. It says nothing about the broker. */
export const livenessSchema = z.object({ status: z.literal('ok'), version: z.string(), uptimeMs: z.number() });

/** Answer of `GET /readyz`, with status 200 when both kinds of readiness are true and 503 otherwise. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  dataReady: z.boolean().describe('Market data requests can be answered now'),
  tradeReady: z.boolean().describe('The order gate is open'),
  reasons: z.array(z.string()).describe('Why it is not ready, empty when it is'),
});

/** See {@link layerSchema}. */
export type ApiLayer = z.infer<typeof layerSchema>;
/** See {@link healthSchema}. */
export type ApiHealth = z.infer<typeof healthSchema>;
/** See {@link livenessSchema}. */
export type ApiLiveness = z.infer<typeof livenessSchema>;
/** See {@link readinessSchema}. */
export type ApiReadiness = z.infer<typeof readinessSchema>;
