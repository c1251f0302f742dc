import * as z from 'zod';
import { contractSchema } from '../values/instrument.js';
import { instantSchema } from '../values/values.js';

/** One value of an account, as the broker names and writes it. */
export const accountValueSchema = z.object({ tag: z.string(), value: z.string(), currency: z.string().optional() }).meta({ id: 'AccountValue' });

/** Answer of `GET /v1/accounts`: the gateway's own list and each account's summary values. */
export const accountsSchema = z.object({ accounts: z.array(z.object({ account: z.string(), values: z.array(accountValueSchema) })) }).meta({ id: 'Accounts' });

/** What an account holds of one instrument. */
export const positionSchema = z
  .object({
    account: z.string(),
    ...contractSchema.pick({ conId: true, symbol: true, localSymbol: true, secType: true, currency: true, expiry: true, strike: true, right: true, multiplier: true, exchange: true }).shape,
    position: z.number().describe('Negative when short'),
    averageCost: z.number().optional(),
    marketPrice: z.number().optional(),
    marketValue: z.number().optional(),
    unrealizedPnl: z.number().optional(),
    realizedPnl: z.number().optional(),
  })
  .meta({ id: 'Position' });

/** Answer of `GET /v1/positions`: a complete list, never a part of one. */
export const positionsSchema = z.object({ positions: z.array(positionSchema) }).meta({ id: 'Positions' });

/** Profit and loss of an account, in its base currency. */
export const pnlSchema = z
  .object({
    account: z.string(),
    dailyPnl: z.number().optional(),
    unrealizedPnl: z.number().optional(),
    realizedPnl: z.number().optional(),
    atMs: instantSchema.describe('When it was received'),
    stale: z.boolean().describe('True from a break in the connection until it is told again'),
  })
  .meta({ id: 'Pnl' });

/** Answer of `GET /v1/pnl`. */
export const pnlListSchema = z.object({ pnl: z.array(pnlSchema) }).meta({ id: 'PnlList' });

/** See {@link positionsSchema}. */
export type ApiPositions = z.infer<typeof positionsSchema>;
/** See {@link positionSchema}. */
export type ApiPosition = z.infer<typeof positionSchema>;
/** See {@link accountsSchema}. */
export type ApiAccounts = z.infer<typeof accountsSchema>;
/** See {@link pnlSchema}. */
export type ApiPnl = z.infer<typeof pnlSchema>;
/** See {@link pnlListSchema}. */
export type ApiPnlList = z.infer<typeof pnlListSchema>;
