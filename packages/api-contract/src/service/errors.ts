import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** Answer of `GET /v1/errors/:code`: what a TWS code means. */
export const errorExplanationSchema = z
  .object({ code: z.number(), known: z.boolean(), description: z.string(), category: z.string(), scope: z.string(), effect: z.string(), retryable: z.boolean(), tips: z.array(z.string()) })
  .meta({ id: 'ErrorExplanation' });

/** Answer of `GET /v1/errors`: the newest that went wrong, newest first. */
export const recentErrorsSchema = z
  .object({ errors: z.array(z.object({ atMs: instantSchema, code: z.string(), ibCode: z.number().optional(), message: z.string(), tips: z.array(z.string()), count: z.number().int().describe('How often in a row') })) })
  .meta({ id: 'RecentErrors' });

/** See {@link errorExplanationSchema}. */
export type ApiErrorExplanation = z.infer<typeof errorExplanationSchema>;
/** See {@link recentErrorsSchema}. */
export type ApiRecentErrors = z.infer<typeof recentErrorsSchema>;
