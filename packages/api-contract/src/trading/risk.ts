import * as z from 'zod';
import { cursorSchema, instantSchema } from '../values/values.js';
import { foreignOrderSchema, orderSchema } from './order.js';

const limits = z.object({ maxQuantity: z.number().optional(), maxNotional: z.number().optional(), maxOrders: z.number().optional() });

/** An arming: live orders may be sent in one account, for a while. */
export const armingSchema = z.object({ account: z.string(), armedAtMs: instantSchema, expiresAtMs: instantSchema }).meta({ id: 'Arming' });

/** Answer of `GET /v1/risk`. */
export const riskSchema = z
  .object({
    mode: z.enum(['paper', 'live']),
    gate: z.array(z.object({ reason: z.string(), explanation: z.string() })).describe('Why a new order would be refused now; empty when the gate is open'),
    killSwitch: z.boolean(),
    killSwitchReason: z.string().optional(),
    arming: armingSchema.optional(),
    allowedAccounts: z.array(z.string()),
    perOrder: limits.optional(),
    perDay: limits.optional(),
    orderRate: z.object({ maxOrders: z.number(), perMs: z.number() }).optional().describe('Orders and changes in any sliding window'),
    priceBandPercent: z.number().optional(),
    today: z.object({ day: z.string(), orders: z.number(), quantity: z.string(), notional: z.record(z.string(), z.string()).describe('By currency, decimal text'), hasUnvalued: z.boolean().optional().describe('Orders count whose value nobody knows: the notional is more than it says') }).optional(),
    unknownOrders: z.number().int(),
  })
  .meta({ id: 'Risk' });

/** Body of `POST /v1/arm`. */
export const armRequestSchema = z.strictObject({ account: z.string().min(1).max(32), forMs: z.number().int().min(1000).max(28_800_000).describe('At most 8 hours'), reason: z.string().min(1).max(500) });

/** Body of requests that only want a reason. */
export const reasonSchema = z.strictObject({ reason: z.string().min(1).max(500) });

/** Body of `POST /v1/kill`. */
export const killRequestSchema = reasonSchema.extend({ all: z.boolean().optional().describe('Cancel the orders of others, too') });

/** Answer of `DELETE /v1/arm` and `DELETE /v1/kill`. */
export const switchedSchema = z.object({ changed: z.boolean() });

/** What a reconcile found. */
export const reconcileSchema = z
  .object({
    epoch: z.number(), trigger: z.string(), startedAtMs: instantSchema, finishedAtMs: instantSchema,
    resolved: z.array(orderSchema), unknown: z.array(orderSchema), missing: z.array(orderSchema), newFills: z.number().int(), foreignOrders: z.array(foreignOrderSchema),
  }) // prettier-ignore
  .meta({ id: 'Reconcile' });

/** One record of the audit trail. */
export const auditEntrySchema = z
  .object({
    seq: z.number(), term: z.number(), atMs: instantSchema, type: z.string(), orderId: z.string().optional(), key: z.string().optional(), account: z.string().optional(), record: z.record(z.string(), z.unknown()), hash: z.string().optional().describe('Absent where the journal keeps none'),
  }) // prettier-ignore
  .meta({ id: 'AuditEntry' });

/** Answer of `GET /v1/audit`. */
export const auditSchema = z.object({ entries: z.array(auditEntrySchema), next: cursorSchema.optional() }).meta({ id: 'Audit' });


/** See {@link riskSchema}. */
export type ApiRisk = z.infer<typeof riskSchema>;
/** See {@link armingSchema}. */
export type ApiArming = z.infer<typeof armingSchema>;
/** See {@link reconcileSchema}. */
export type ApiReconcile = z.infer<typeof reconcileSchema>;
/** See {@link auditSchema}. */
export type ApiAudit = z.infer<typeof auditSchema>;
/** See {@link auditEntrySchema}. */
export type ApiAuditEntry = z.infer<typeof auditEntrySchema>;
