import * as z from 'zod';

/** The order types of the TWS API that are taken. */
export const ORDER_TYPES = ['MKT', 'LMT', 'STP', 'STP LMT', 'TRAIL', 'TRAIL LIMIT', 'MIT', 'LIT', 'MOC', 'LOC', 'MTL', 'MKT PRT', 'STP PRT', 'REL', 'MIDPRICE', 'PEG MID', 'PEG MKT', 'PEG PRIM'] as const;

/** How long an order lives. */
export const TIMES_IN_FORCE = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'] as const;

const momentSchema = z.union([z.string().max(40), z.number()]).describe('A time with its zone, ISO 8601, or epoch milliseconds UTC');
const triggerMethodSchema = z.enum(['default', 'doubleBidAsk', 'last', 'doubleLast', 'bidAsk', 'lastOrBidAsk', 'midpoint']);
const watched = { conId: z.number().int(), exchange: z.string().max(32).optional(), is: z.enum(['above', 'below']), join: z.enum(['and', 'or']).optional() };

/** More than any instrument costs or anybody trades: a number beyond it is a mistake. */
export const LARGEST_AMOUNT = 1_000_000_000;

const amount = z.number().min(-LARGEST_AMOUNT).max(LARGEST_AMOUNT);

/** What an order waits for, or what cancels it. */
export const orderConditionSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('price'), ...watched, price: z.number(), triggerMethod: triggerMethodSchema.optional() }),
    z.strictObject({ type: z.literal('volume'), ...watched, volume: z.number() }),
    z.strictObject({ type: z.literal('percentChange'), ...watched, percent: z.number() }),
    z.strictObject({ type: z.literal('time'), join: watched.join, is: z.enum(['after', 'before']), time: momentSchema }),
    z.strictObject({ type: z.literal('margin'), join: watched.join, is: watched.is, percent: z.number() }),
    z.strictObject({ type: z.literal('execution'), join: watched.join, symbol: z.string().max(32), secType: z.string().max(8), exchange: watched.exchange }),
  ])
  .meta({ id: 'OrderCondition' });

/** The prices of an order. Which of them a type needs and takes is decided by the type; one that it would ignore is refused. */
export const orderPricesSchema = z.strictObject({
  limitPrice: amount.optional(),
  stopPrice: amount.optional(),
  triggerPrice: amount.optional(),
  trailAmount: amount.optional(),
  trailPercent: amount.optional(),
  limitOffset: amount.optional(),
  offset: amount.optional(),
  percentOffset: amount.optional(),
});

/** What can be said about an order beyond its prices. */
export const orderAttributesSchema = z.strictObject({
  tif: z.enum(TIMES_IN_FORCE).optional().describe('DAY when nothing else is said'),
  outsideRth: z.boolean().optional().describe('Whether it may fill outside regular trading hours'),
  goodTillDate: momentSchema.optional(),
  goodAfterTime: momentSchema.optional(),
  cashQuantity: amount.optional(),
  displaySize: amount.optional(),
  hidden: z.boolean().optional(),
  allOrNone: z.boolean().optional(),
  minQuantity: amount.optional(),
  discretionaryAmount: amount.optional(),
  triggerMethod: triggerMethodSchema.optional(),
  conditions: z.strictObject({ when: z.array(orderConditionSchema).min(1).max(20), then: z.enum(['submit', 'cancel']).optional(), outsideRth: z.boolean().optional() }).optional(),
  oca: z.strictObject({ group: z.string().min(1).max(64), type: z.enum(['cancelWithBlock', 'reduceWithBlock', 'reduceWithoutBlock']).optional() }).optional(),
  algo: z.strictObject({ strategy: z.string().max(32), params: z.record(z.string().max(64), z.union([z.string().max(128), z.number(), z.boolean()])).optional() }).optional(),
  nonGuaranteed: z.boolean().optional(),
  legPrices: z.array(amount).max(8).optional(),
  sweepToFill: z.boolean().optional(),
  notHeld: z.boolean().optional(),
  includeOvernight: z.boolean().optional(),
  modelCode: z.string().max(64).optional(),
  extOperator: z.string().max(64).optional(),
});

/** Everything about how an order trades. */
export const orderTermsSchema = z.strictObject({ orderType: z.enum(ORDER_TYPES), ...orderPricesSchema.shape, ...orderAttributesSchema.shape });

/** See {@link orderTermsSchema}. */
export type ApiOrderTerms = z.infer<typeof orderTermsSchema>;
