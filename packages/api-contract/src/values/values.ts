import * as z from 'zod';
import { isExactNumber } from './exact-number.js';

/** An instant: epoch milliseconds, UTC. */
export const instantSchema = z.number().describe('Epoch milliseconds UTC');

/** A calendar day without a time. */
export const daySchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-20');

/** A price or another signed number that JSON can carry. Absent when it is not known, never 0 or -1. */
export const priceSchema = z.number().optional();

/** A size, a volume, a count. Absent when it is not known. */
export const sizeSchema = z.number().optional();

/** A number as decimal text, exact: how prices and sizes travel on the stream. */
export const decimalSchema = z.string().regex(/^-?\d+(?:\.\d+)?$/, 'must be decimal text such as 189.95').meta({ id: 'Decimal' });

/** What {@link numberText} makes of a rule. */
type NumberText = z.ZodPipe<z.ZodUnion<readonly [z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>, z.ZodNumber]>, z.ZodNumber>;

/** A number, also as the text that a query has, but nothing that only could be taken for one: no empty text, no `true`, no digits that would be rounded away. */
export function numberText(rule: z.ZodNumber): NumberText {
  const text = z.string({ error: 'must be a number' }).max(64).refine(isExactNumber, 'must be a decimal number that double precision carries as it is written').transform(Number);
  return z.union([text, z.number()]).pipe(rule);
}

/** The number of rows on a page. */
export const limitQuery = numberText(z.number().int().min(1).max(10_000)).optional().describe('The most rows of one answer, 1 to 10000; 500 when nothing else is said');

/** Yes or no in a query. */
export const flagQuery = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Several values in one query parameter, with commas between them. */
export const listQuery = z.string().min(1).transform((text) => text.split(',').map((part) => part.trim()).filter((part) => part !== ''));

/** Where the next page of a list begins; opaque. */
export const cursorSchema = z.string().min(1).max(512);

/** What became of market data that a value comes from. */
export const modeSchema = z.enum(['live', 'frozen', 'delayed', 'delayed-frozen', 'unknown']).meta({ id: 'MarketDataMode' });

/** A call or a put. */
export const rightSchema = z.enum(['C', 'P']);
