import * as z from 'zod';

/** What a token may do; each scope includes the ones before it. */
export const SCOPES = ['read', 'trade', 'admin'] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** See {@link SCOPES}. */
export const scopeSchema = z.enum(SCOPES).meta({ id: 'Scope' });
