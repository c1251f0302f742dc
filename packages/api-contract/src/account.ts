import * as z from 'zod';

/** Answer of `GET /v1/positions`: a complete list, never a part of one. */
export const positionsSchema = z.object({
  positions: z.array(
    z.object({
      account: z.string(),
      conId: z.number().optional(),
      symbol: z.string().optional(),
      localSymbol: z.string().optional(),
      secType: z.string().optional(),
      currency: z.string().optional(),
      position: z.number(),
      averageCost: z.number().optional(),
    }),
  ),
});

/** Answer of `GET /v1/accounts`: the gateway's own list and each account's summary values. */
export const accountsSchema = z.object({
  accounts: z.array(
    z.object({
      account: z.string(),
      values: z.array(z.object({ tag: z.string(), value: z.string(), currency: z.string().optional() })),
    }),
  ),
});

/** See {@link positionsSchema}. */
export type ApiPositions = z.infer<typeof positionsSchema>;
/** See {@link accountsSchema}. */
export type ApiAccounts = z.infer<typeof accountsSchema>;
