import * as z from 'zod';
import { numberText, rightSchema } from './values.js';

/** The kinds of instrument that the TWS API names. */
export const SEC_TYPES = ['STK', 'OPT', 'FUT', 'FOP', 'CASH', 'IND', 'CFD', 'BOND', 'BILL', 'WAR', 'IOPT', 'FUND', 'CMDTY', 'CRYPTO', 'CONTFUT', 'BAG'] as const;

/**
 * How an instrument is written in a path or a topic: a symbol (`SPY`), an option by its OCC symbol (`SPY   261218C00600000`), a futures code
 * (`ESZ6`), or a contract id behind an `@` (`@756733`), since some exchanges have symbols that are numbers.
 */
export const instrumentTextSchema = z.string().trim().min(1).max(64).regex(/^[^\p{Cc}/]+$/u, 'must be a symbol such as SPY, or a contract id such as @756733').meta({ id: 'InstrumentText' });

/** What tells instruments of one symbol apart; every field may be left out where the symbol alone is enough. */
export const instrumentFieldsSchema = z.strictObject({
  secType: z.enum(SEC_TYPES).optional().describe('STK when nothing else is said'),
  exchange: z.string().max(32).optional(),
  primaryExchange: z.string().max(32).optional(),
  currency: z.string().max(8).optional(),
  localSymbol: z.string().max(64).optional(),
  tradingClass: z.string().max(32).optional(),
  expiry: z.string().max(10).optional().describe('Last trading day YYYY-MM-DD or YYYYMMDD, or the contract month YYYYMM'),
  strike: numberText(z.number().positive()).optional(),
  right: rightSchema.optional(),
  multiplier: numberText(z.number().positive()).optional(),
});

/** One leg of a combination. */
export const legSchema = z.strictObject({ conId: z.number().int().positive(), ratio: z.number().int().positive(), action: z.enum(['BUY', 'SELL']), exchange: z.string().max(32).optional() });

/** An instrument in a request body. */
export const instrumentSchema = z
  .strictObject({ symbol: instrumentTextSchema.optional(), conId: z.number().int().positive().optional(), ...instrumentFieldsSchema.shape, legs: z.array(legSchema).min(2).max(8).optional().describe('Of a combination (BAG)') })
  .refine(({ symbol, conId }) => symbol !== undefined || conId !== undefined, { message: 'must have a symbol or a conId', path: ['symbol'] })
  .meta({ id: 'Instrument' });

/** An instrument in an answer, as far as it is known. */
export const contractSchema = z
  .object({
    conId: z.number().optional(),
    symbol: z.string().optional(),
    secType: z.string().optional(),
    exchange: z.string().optional(),
    primaryExchange: z.string().optional(),
    currency: z.string().optional(),
    localSymbol: z.string().optional(),
    tradingClass: z.string().optional(),
    expiry: z.string().optional().describe('Last trading day, YYYY-MM-DD'),
    strike: z.number().optional(),
    right: rightSchema.optional(),
    multiplier: z.number().optional(),
    legs: z.array(legSchema).optional(),
  })
  .meta({ id: 'Contract' });

/** A contract with everything that the broker told about it. */
export const contractDetailsSchema = contractSchema
  .extend({
    conId: z.number(),
    symbol: z.string(),
    longName: z.string().optional(),
    contractMonth: z.string().optional(),
    underlyingConId: z.number().optional(),
    stockType: z.string().optional(),
    minTick: z.number().optional(),
    minSize: z.number().optional(),
    sizeIncrement: z.number().optional(),
    priceMagnifier: z.number().optional(),
    validExchanges: z.array(z.string()),
    marketRuleIds: z.array(z.number()),
    timeZoneId: z.string().optional(),
    tradingHours: z.string().optional(),
    liquidHours: z.string().optional(),
  })
  .meta({ id: 'ContractDetails' });

/** See {@link instrumentSchema}. */
export type ApiInstrument = z.infer<typeof instrumentSchema>;
/** See {@link instrumentFieldsSchema}. */
export type ApiInstrumentFields = z.infer<typeof instrumentFieldsSchema>;
/** See {@link contractSchema}. */
export type ApiContract = z.infer<typeof contractSchema>;
/** See {@link contractDetailsSchema}. */
export type ApiContractDetails = z.infer<typeof contractDetailsSchema>;
