import * as z from 'zod';
import { instantSchema } from '../values/values.js';

const effectSchema = z.object({ before: z.number().optional(), change: z.number().optional(), after: z.number().optional() });
const amountSchema = z.union([z.object({ kind: z.literal('limited'), amount: z.number() }), z.object({ kind: z.literal('unlimited') }), z.object({ kind: z.literal('unknown'), why: z.string() })]);

/** What the broker says that an order would do to the account. */
export const whatIfSchema = z
  .object({
    initMargin: effectSchema, maintMargin: effectSchema, equityWithLoan: effectSchema,
    commission: z.number().optional(), minCommission: z.number().optional(), maxCommission: z.number().optional(), commissionCurrency: z.string().optional(), warningText: z.string().optional(),
  }) // prettier-ignore
  .meta({ id: 'WhatIf' });

/** Answer of `POST /v1/orders/preview`. Nothing was sent as an order. */
export const previewSchema = z
  .object({
    account: z.string().optional(),
    paper: z.boolean().optional(),
    orders: z.array(z.record(z.string(), z.unknown())).describe('Each order that would be sent, with its defaults; amounts are decimal text'),
    estimate: z.object({ price: z.number(), basis: z.enum(['limit', 'given', 'marketData']), notional: z.number(), currency: z.string() }).optional().describe('Absent when no price is known'),
    whatIf: whatIfSchema.optional().describe('Absent when the broker could not be asked'),
    whatIfError: z.string().optional(),
    spread: z
      .object({ name: z.string(), side: z.enum(['debit', 'credit', 'even']).optional(), netPrice: z.number().optional(), premium: z.number().optional(), maxGain: amountSchema.optional(), maxLoss: amountSchema.optional(), breakEvens: z.array(z.number()).optional(), lines: z.array(z.string()) })
      .optional(),
    warnings: z.array(z.string()),
    gate: z.array(z.string()).describe('Why it would be refused right now; empty when it would be sent'),
    token: z.string().optional().describe('Redeem it once with a placement of the same ticket; absent when the gate would refuse'),
    expiresAtMs: instantSchema.optional(),
  })
  .meta({ id: 'Preview' });

/** See {@link previewSchema}. */
export type ApiPreview = z.infer<typeof previewSchema>;
