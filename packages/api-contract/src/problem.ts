import * as z from 'zod';

/** Every error answer: problem+json (RFC 9457) with what a program needs to decide. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  code: z.string().describe('Stable code, such as IBKR_NOT_CONNECTED'),
  ibCode: z.number().optional().describe('The broker\'s own code, when it sent one'),
  retryable: z.boolean(),
  docs: z.string().optional().describe('Where the code is explained'),
});

/** See {@link problemSchema}. */
export type ApiProblem = z.infer<typeof problemSchema>;
