import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** Answer of `GET /v1/diagnosis`: is the gateway all right, and if not, why, and what to do. */
export const diagnosisSchema = z
  .object({
    verdict: z.enum(['ok', 'degraded', 'broken']),
    summary: z.string(),
    cause: z.string().optional().describe('Stable code of what is wrong first'),
    startedAtMs: instantSchema,
    durationMs: z.number(),
    probes: z.array(
      z.object({
        name: z.string(), status: z.enum(['ok', 'warning', 'failed', 'skipped']), detail: z.string(), fix: z.string().optional(), code: z.string().optional(), durationMs: z.number(), facts: z.record(z.string(), z.unknown()).optional(),
      }), // prettier-ignore
    ),
  })
  .meta({ id: 'Diagnosis' });

/** See {@link diagnosisSchema}. */
export type ApiDiagnosis = z.infer<typeof diagnosisSchema>;
