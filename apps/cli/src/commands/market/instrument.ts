import { SEC_TYPES } from '@ibkit/api-contract';
import type { ApiInstrument, ApiInstrumentFields } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';

const EXPIRY = /^(\d{4}-\d{2}-\d{2}|\d{8}|\d{6})$/;

function expiryOf(input: CommandInput): string | undefined {
  const expiry = input.text('expiry');
  if (expiry !== undefined && !EXPIRY.test(expiry)) throw new UsageError({ field: '--expiry', value: expiry, rule: 'must be a day such as 2026-12-18, or a contract month such as 202612' });
  return expiry;
}

/** What the flags say about an instrument beyond its symbol; only what was given. */
export function instrumentFields(input: CommandInput): ApiInstrumentFields {
  const secType = input.text('sec-type')?.toUpperCase();
  const known = SEC_TYPES.find((candidate) => candidate === secType);
  if (secType !== undefined && known === undefined) throw new UsageError({ field: '--sec-type', value: secType, rule: `must be one of ${SEC_TYPES.join(', ')}` });
  const fields: Record<string, unknown> = { secType: known, exchange: input.text('exchange')?.toUpperCase(), currency: input.text('currency')?.toUpperCase(), expiry: expiryOf(input), strike: input.positive('strike'), right: input.choice('right', ['C', 'P']) };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** An instrument for a ticket. */
export function instrumentOf(input: CommandInput, symbolText: string): ApiInstrument {
  const symbol = parseSymbol('SYMBOL', symbolText);
  return symbol.startsWith('@') ? { conId: Number(symbol.slice(1)), ...instrumentFields(input) } : { symbol, ...instrumentFields(input) };
}

/** Symbols as they were typed, each once. */
export function symbolsOf(input: CommandInput, name = 'symbols'): readonly string[] {
  return [...new Set(input.words(name).flatMap((word) => word.split(',')).filter((word) => word !== '').map((word) => parseSymbol('SYMBOL', word)))];
}

/** The worst kind of data that is taken. */
export function dataMode(input: CommandInput): { readonly mode?: 'delayed' } {
  return input.on('delayed') ? { mode: 'delayed' } : {};
}
