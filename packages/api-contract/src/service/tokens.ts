import * as z from 'zod';
import { instantSchema } from '../values/values.js';
import { scopeSchema } from './scope.js';

/** What a token may use up; absent: the defaults of the daemon. */
export const quotaSchema = z
  .strictObject({ lines: z.number().int().min(0).max(10_000), requestsPerMinute: z.number().int().min(1).max(100_000), streams: z.number().int().min(0).max(10_000), connections: z.number().int().min(0).max(10_000) })
  .partial()
  .meta({ id: 'Quota' });

/** A token as the daemon knows it: its secret is not in it, since only a hash is kept. */
export const tokenSchema = z
  .object({ id: z.string(), name: z.string(), scope: scopeSchema, accounts: z.array(z.string()).optional(), quota: quotaSchema, createdAtMs: instantSchema, expiresAtMs: instantSchema.optional(), lastUsedAtMs: instantSchema.optional(), revokedAtMs: instantSchema.optional() })
  .meta({ id: 'Token' });

/** Answer of `GET /v1/tokens`. */
export const tokensSchema = z.object({ tokens: z.array(tokenSchema) }).meta({ id: 'Tokens' });

/** Body of `POST /v1/tokens`. */
export const tokenRequestSchema = z
  .strictObject({ name: z.string().trim().min(1).max(64), scope: scopeSchema, accounts: z.array(z.string().min(1).max(32)).max(64).optional().describe('All when absent'), expiresInMs: z.number().int().min(1000).optional(), quota: quotaSchema.optional() })
  .meta({ id: 'TokenRequest' });

/** Answer of `POST /v1/tokens`: the only time that the secret is told. */
export const newTokenSchema = z.object({ token: tokenSchema, secret: z.string() }).meta({ id: 'NewToken' });

/** Answer of `POST /v1/ws-tickets`. */
export const ticketSchema = z.object({ ticket: z.string(), expiresAtMs: instantSchema.describe('30 seconds ahead; it opens one stream, once') }).meta({ id: 'Ticket' });

/** See {@link tokenSchema}. */
export type ApiToken = z.infer<typeof tokenSchema>;
/** See {@link tokensSchema}. */
export type ApiTokens = z.infer<typeof tokensSchema>;
/** See {@link tokenRequestSchema}. */
export type ApiTokenRequest = z.infer<typeof tokenRequestSchema>;
/** See {@link newTokenSchema}. */
export type ApiNewToken = z.infer<typeof newTokenSchema>;
/** See {@link ticketSchema}. */
export type ApiTicket = z.infer<typeof ticketSchema>;
/** See {@link quotaSchema}. */
export type ApiQuota = z.infer<typeof quotaSchema>;
