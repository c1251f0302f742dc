import * as z from 'zod';
import { instrumentSchema } from '../values/instrument.js';
import { rightSchema } from '../values/values.js';
import { LARGEST_AMOUNT, TIMES_IN_FORCE, orderTermsSchema } from './order-terms.js';

const account = z.string().min(1).max(32).optional().describe('Needed when the session has several accounts, and always in live mode');
const tag = z.string().max(128).optional().describe('Your own strategy tag: kept beside the order and echoed, never sent to the broker');
const side = z.enum(['long', 'short']).optional();
const expiry = z.string().min(8).max(10).describe('YYYY-MM-DD');
const strike = z.number().positive();

const single = z.strictObject({ kind: z.literal('order'), account, tag, instrument: instrumentSchema, action: z.enum(['BUY', 'SELL']), quantity: z.number().min(0).max(LARGEST_AMOUNT), ...orderTermsSchema.shape });
const exit = orderTermsSchema.omit({ cashQuantity: true, oca: true }).partial().extend({ tag });
const spreadTerms = {
  kind: z.literal('spread'),
  account,
  tag,
  symbol: z.string().min(1).max(32),
  quantity: z.number().int().positive().max(LARGEST_AMOUNT),
  orderType: z.enum(['LMT', 'MKT']).optional(),
  limitPrice: orderTermsSchema.shape.limitPrice.describe('Net price of one unit: positive pays, negative brings in'),
  tif: z.enum(TIMES_IN_FORCE).optional(),
  exchange: z.string().max(32).optional(),
  currency: z.string().max(8).optional(),
  secType: z.enum(['OPT', 'FOP']).optional(),
  tradingClass: z.string().max(32).optional(),
} as const;

/** What is to be traded: a single order, a bracket, an option spread, or the end of a position. */
export const orderTicketSchema = z
  .discriminatedUnion('kind', [
    single.meta({ id: 'SingleOrder' }),
    z.strictObject({ kind: z.literal('bracket'), entry: single.omit({ kind: true }), takeProfit: exit.optional(), stopLoss: exit.optional() }).meta({ id: 'BracketOrder' }),
    z
      .discriminatedUnion('spread', [
        z.strictObject({ ...spreadTerms, spread: z.literal('vertical'), expiry, right: rightSchema, longStrike: strike, shortStrike: strike }),
        z.strictObject({ ...spreadTerms, spread: z.literal('ironCondor'), expiry, longPutStrike: strike, shortPutStrike: strike, shortCallStrike: strike, longCallStrike: strike }),
        z.strictObject({ ...spreadTerms, spread: z.literal('straddle'), expiry, strike, side }),
        z.strictObject({ ...spreadTerms, spread: z.literal('strangle'), expiry, putStrike: strike, callStrike: strike, side }),
        z.strictObject({ ...spreadTerms, spread: z.literal('calendar'), right: rightSchema, strike, nearExpiry: expiry, farExpiry: expiry, side }),
        z.strictObject({ ...spreadTerms, spread: z.literal('butterfly'), expiry, right: rightSchema, lowerStrike: strike, middleStrike: strike, upperStrike: strike, side }),
      ])
      .meta({ id: 'SpreadOrder' }),
    z
      .strictObject({
        kind: z.literal('close'),
        account,
        tag,
        instrument: instrumentSchema,
        quantity: z.number().positive().max(LARGEST_AMOUNT).optional().describe('The whole position when nothing else is said'),
        limitPrice: orderTermsSchema.shape.limitPrice.describe('A market order without it'),
        tif: z.enum(TIMES_IN_FORCE).optional(),
        outsideRth: z.boolean().optional(),
        cancelOrders: z.boolean().optional().describe('Cancel our open orders on the instrument first'),
      })
      .meta({ id: 'CloseOrder' }),
  ])
  .meta({ id: 'OrderTicket' });

/** What a client may change of an order that works. */
export const orderChangesSchema = z
  .strictObject({
    quantity: z.number().positive().max(LARGEST_AMOUNT),
    ...orderTermsSchema.pick({
      limitPrice: true, stopPrice: true, triggerPrice: true, trailAmount: true, trailPercent: true, limitOffset: true, offset: true, percentOffset: true,
      tif: true, outsideRth: true, goodTillDate: true, goodAfterTime: true, displaySize: true, discretionaryAmount: true,
    }).shape, // prettier-ignore
  })
  .partial()
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), { message: 'must name at least one field to change' })
  .meta({ id: 'OrderChanges' });

/** Body of `POST /v1/orders`. */
export const placementSchema = z
  .strictObject({ ticket: orderTicketSchema, previewToken: z.string().max(512).optional().describe('Of a preview: redeemed once, and only for what was previewed') })
  .meta({ id: 'Placement' });

/** See {@link orderTicketSchema}. */
export type ApiOrderTicket = z.infer<typeof orderTicketSchema>;
/** See {@link orderChangesSchema}. */
export type ApiOrderChanges = z.infer<typeof orderChangesSchema>;
/** See {@link placementSchema}. */
export type ApiPlacement = z.infer<typeof placementSchema>;
