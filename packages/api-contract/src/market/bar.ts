import * as z from 'zod';
import { contractSchema } from '../values/instrument.js';
import { cursorSchema, instantSchema, sizeSchema } from '../values/values.js';

/** One bar. */
export const barSchema = z
  .object({
    timeMs: instantSchema.describe('Its beginning, epoch milliseconds UTC'),
    date: z.string().optional().describe('Of bars of a day and longer: the day, YYYY-MM-DD'),
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: sizeSchema,
    wap: z.number().optional().describe('Volume-weighted average price'),
    count: sizeSchema.describe('Trades in it'),
    complete: z.boolean().describe('False for a bar that is still growing'),
  })
  .meta({ id: 'Bar' });

/** Bars that could not be had, and why. */
export const historyGapSchema = z.object({ fromMs: instantSchema, toMs: instantSchema, reason: z.string() }).meta({ id: 'HistoryGap' });

/** Answer of `GET /v1/history`. */
export const historySchema = z
  .object({
    contract: contractSchema,
    barSize: z.string(),
    what: z.string(),
    bars: z.array(barSchema),
    gaps: z.array(historyGapSchema),
    next: cursorSchema.optional().describe('Pass it as `cursor` for the bars that follow; absent at the end'),
  })
  .meta({ id: 'History' });

/** Answer of `GET /v1/history/plan`: what a bulk query would cost, before anything is asked. */
export const historyPlanSchema = z
  .object({
    contract: contractSchema,
    barSize: z.string(),
    fromMs: instantSchema,
    toMs: instantSchema,
    requests: z.number().int().describe('How many requests it takes'),
    estimatedMs: z.number().describe('How long the pacing rules make it take at least, milliseconds'),
    rules: z.array(z.string()).describe('The pacing rules that decide'),
  })
  .meta({ id: 'HistoryPlan' });

/** See {@link barSchema}. */
export type ApiBar = z.infer<typeof barSchema>;
/** See {@link historySchema}. */
export type ApiHistory = z.infer<typeof historySchema>;
/** See {@link historyPlanSchema}. */
export type ApiHistoryPlan = z.infer<typeof historyPlanSchema>;
