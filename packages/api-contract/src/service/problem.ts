import * as z from 'zod';

/** Every error answer: problem+json (RFC 9457) with what a program needs to decide. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.string().describe('Stable code, such as IBKR_NOT_CONNECTED'),
    errorClass: z.string().optional().describe('The class of the error, such as OrderError: what a client in this language throws again'),
    ibCode: z.number().optional().describe("The broker's own code, when it sent one"),
    retryable: z.boolean().describe('Whether the same request may work later'),
    retryAfterMs: z.number().optional().describe('Not before this many milliseconds'),
    tips: z.array(z.string()).optional().describe('What to do next'),
    problems: z.array(z.object({ field: z.string(), rule: z.string(), value: z.string().optional() })).optional().describe('Of bad input: each field, the rule that it breaks and the value'),
    gate: z.array(z.string()).optional().describe('Of an order that a local gate refused: each reason'),
    docs: z.string().optional().describe('Where the code is explained'),
  })
  .meta({ id: 'Problem' });

/** See {@link problemSchema}. */
export type ApiProblem = z.infer<typeof problemSchema>;
