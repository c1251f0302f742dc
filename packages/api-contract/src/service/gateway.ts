import * as z from 'zod';
import { instantSchema } from '../values/values.js';

const event = z.object({ kind: z.string(), atMs: instantSchema });

/** Answer of `GET /v1/gateway`, and of what is done to it. Paths, commands and credentials are not in it and never in a request. */
export const gatewaySchema = z
  .object({
    managed: z.boolean().describe('Whether the daemon starts and stops the process; its configuration decides'),
    phase: z.enum(['external', 'stopped', 'starting', 'login', 'waiting2fa', 'apiDown', 'ready', 'softRestart', 'coldRestart', 'stopping', 'lockedOut']),
    sinceMs: instantSchema,
    cause: z.string(),
    driver: z.string(),
    host: z.string(),
    port: z.number(),
    pid: z.number().optional(),
    startedAtMs: instantSchema.optional(),
    serverVersion: z.number().optional(),
    deadlineMs: instantSchema.optional(),
    lockOut: z.string().optional(),
    retryAtMs: instantSchema.optional(),
    failedLogins: z.number().int(),
    restartsLastHour: z.number().int(),
    nextRestart: event.optional(),
    nextLogin: event.optional(),
  })
  .meta({ id: 'Gateway' });

/** See {@link gatewaySchema}. */
export type ApiGateway = z.infer<typeof gatewaySchema>;
