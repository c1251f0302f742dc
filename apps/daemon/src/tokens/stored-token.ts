import { createHash, randomBytes } from 'node:crypto';
import { quotaSchema, scopeSchema } from '@ibkit/api-contract';
import type { ApiToken } from '@ibkit/api-contract';
import { ConfigurationError } from '@ibkit/error-codes';
import * as z from 'zod';

const storedSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  scope: scopeSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  accounts: z.array(z.string()).optional(),
  quota: quotaSchema,
  createdAtMs: z.number(),
  expiresAtMs: z.number().optional(),
  lastUsedAtMs: z.number().optional(),
  revokedAtMs: z.number().optional(),
});
const fileSchema = z.object({ version: z.literal(1), tokens: z.array(storedSchema) });

/** A token as it is written down: a hash instead of the secret. */
export type StoredToken = Readonly<z.infer<typeof storedSchema>>;

/** The hash that a secret is known by. Secrets are 256 random bits, so that a slow hash would add nothing. */
export function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** 256 random bits as text without characters that need escapes anywhere. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A token as callers see it. */
export function tokenView({ id, name, scope, accounts, quota, createdAtMs, expiresAtMs, lastUsedAtMs, revokedAtMs }: StoredToken): ApiToken {
  return { id, name, scope, accounts, quota, createdAtMs, expiresAtMs, lastUsedAtMs, revokedAtMs };
}

/** The text of the file. */
export function writeTokens(tokens: readonly StoredToken[]): string {
  return `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`;
}

/**
 * Reads the text of the file.
 * @throws ConfigurationError when it is not what the daemon writes; it is never replaced by a new one, which would lock everybody out or let somebody in.
 */
export function readTokens(text: string, file: string): readonly StoredToken[] {
  const broken = (cause: unknown): ConfigurationError =>
    new ConfigurationError({ problems: [{ path: file, rule: 'must be the token store that the daemon wrote; move it and admin.token away to start with a new admin token' }], cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(error);
  }
  const read = fileSchema.safeParse(value);
  if (!read.success) throw broken(read.error);
  return read.data.tokens;
}
