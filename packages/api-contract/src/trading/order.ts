import * as z from 'zod';
import { contractSchema } from '../values/instrument.js';
import { cursorSchema, instantSchema } from '../values/values.js';

/** What a fill cost: not told yet, or a value. Never 0 for "not told". */
export const commissionSchema = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('pending') }),
    z.object({ status: z.literal('known'), amount: z.number(), currency: z.string(), realizedPnl: z.number().optional() }),
  ])
  .meta({ id: 'Commission' });

/** One fill, counted once per execution id. */
export const fillSchema = z
  .object({
    execId: z.string(),
    key: z.string().optional().describe('Of the order, when it is ours'),
    tag: z.string().optional(),
    account: z.string(),
    contract: contractSchema,
    side: z.string().describe('BOT or SLD'),
    quantity: z.number(),
    price: z.number(),
    exchange: z.string(),
    kind: z.enum(['combo', 'leg']).optional(),
    time: z.string().describe('As the broker writes it'),
    executedAtMs: instantSchema.optional(),
    clientId: z.number(),
    orderId: z.number(),
    permIds: z.array(z.string()),
    commission: commissionSchema,
  })
  .meta({ id: 'Fill' });

/** Answer of `GET /v1/fills`. */
export const fillsSchema = z.object({ fills: z.array(fillSchema), next: cursorSchema.optional() }).meta({ id: 'Fills' });

/** Where an order is; `unknown` is left only by evidence from the broker. */
export const orderStatusSchema = z.enum(['staged', 'sending', 'unsent', 'unknown', 'acked', 'working', 'filled', 'cancelled', 'rejected', 'expired', 'absent']).meta({ id: 'OrderStatus' });

const noticeSchema = z.object({ code: z.number(), message: z.string(), atMs: instantSchema });

/** All that is known about one of our orders. */
export const orderSchema = z
  .object({
    id: z.string().describe('Ours, stable: the one of `GET /v1/orders/:id`'),
    key: z.string().describe('The idempotency key that it was placed with'),
    tag: z.string().optional(),
    account: z.string(),
    clientId: z.number(),
    orderId: z.number(),
    permIds: z.array(z.string()).describe("The broker's own ids, usually one"),
    contract: contractSchema,
    action: z.enum(['BUY', 'SELL']),
    quantity: z.number(),
    orderType: z.string(),
    limitPrice: z.number().optional(),
    stopPrice: z.number().optional(),
    tif: z.string(),
    outsideRth: z.boolean(),
    terms: z.record(z.string(), z.unknown()).describe('The whole request as the journal keeps it; amounts are decimal text'),
    status: orderStatusSchema,
    ended: z.boolean().describe('It has its verdict; fills and commissions may still follow'),
    evidence: z.string().describe('What the status rests on'),
    notWorking: z.boolean().optional(),
    reason: z.string().optional(),
    brokerCode: z.number().int().optional().describe("The broker's own number of the reason, such as 201 for a rejection"),
    brokerStatus: z.string().optional(),
    whyHeld: z.string().optional(),
    cancel: z.enum(['requested', 'refused']).optional(),
    change: z.object({ revision: z.number(), status: z.enum(['requested', 'accepted', 'refused', 'unsent', 'unknown']), code: z.number().optional(), reason: z.string().optional() }).optional(),
    parentId: z.string().optional(),
    bracket: z.object({ group: z.string(), role: z.enum(['entry', 'takeProfit', 'stopLoss']) }).optional(),
    warnings: z.array(noticeSchema),
    filledQuantity: z.number(),
    remainingQuantity: z.number(),
    averagePrice: z.number().optional(),
    fills: z.array(fillSchema),
    stagedAtMs: instantSchema,
    sentAtMs: instantSchema.optional(),
    ackedAtMs: instantSchema.optional(),
    endedAtMs: instantSchema.optional(),
    changedAtMs: instantSchema,
  })
  .meta({ id: 'Order' });

/** An order at the broker that is not in our journal: of another client, or made by hand. */
export const foreignOrderSchema = z
  .object({
    permId: z.string(), clientId: z.number().optional(), orderId: z.number(), account: z.string().optional(), orderRef: z.string().optional(), contract: contractSchema,
    action: z.string().optional(), quantity: z.number().optional(), orderType: z.string().optional(), limitPrice: z.number().optional(), status: z.string(),
  }) // prettier-ignore
  .meta({ id: 'ForeignOrder' });

/** Answer of `GET /v1/orders`. */
export const ordersSchema = z.object({ orders: z.array(orderSchema), foreign: z.array(foreignOrderSchema).describe('Open orders of others, as of the last reconcile; on the first page only'), foreignAtMs: instantSchema.optional().describe('When that reconcile was finished; absent before the first, when nothing is known of others'), next: cursorSchema.optional() }).meta({ id: 'Orders' });

/** Answer of a placement: every order that it made. With status 202 the outcome of at least one is still open or unknown. */
export const placedSchema = z.object({ key: z.string(), repeated: z.boolean().describe('The key was known: nothing was sent again'), orders: z.array(orderSchema) }).meta({ id: 'Placed' });

/** Answer of `DELETE /v1/orders`, and of the kill switch. */
export const cancelReportSchema = z
  .object({ asked: z.array(orderSchema).describe('Orders of ours that a cancel was sent for'), failed: z.array(z.object({ id: z.string(), key: z.string(), code: z.string(), reason: z.string() })), global: z.boolean().describe('Orders of others were included'), globalError: z.object({ code: z.string(), reason: z.string() }).optional().describe('Why they could not be, when they were to be') })
  .meta({ id: 'CancelReport' });

/** See {@link orderSchema}. */
export type ApiOrder = z.infer<typeof orderSchema>;
/** See {@link ordersSchema}. */
export type ApiOrders = z.infer<typeof ordersSchema>;
/** See {@link foreignOrderSchema}. */
export type ApiForeignOrder = z.infer<typeof foreignOrderSchema>;
/** See {@link fillSchema}. */
export type ApiFill = z.infer<typeof fillSchema>;
/** See {@link fillsSchema}. */
export type ApiFills = z.infer<typeof fillsSchema>;
/** See {@link placedSchema}. */
export type ApiPlaced = z.infer<typeof placedSchema>;
/** See {@link cancelReportSchema}. */
export type ApiCancelReport = z.infer<typeof cancelReportSchema>;
