import type { ApiChainRow, ApiGreeks } from '@ibkit/api-contract';
import { ContractError, UsageError } from '@ibkit/error-codes';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { amount, fixed, percent, plain } from '../../render/text.js';
import { dataMode } from './instrument.js';

/** The US close, where the options of this program expire: 16:00 in New York is 20:00 or 21:00 UTC; an hour is nothing in a year. */
const EXPIRY_TIME = 'T21:00:00Z';

interface Option {
  readonly underlying: string;
  readonly expiry: string;
  readonly strike: number;
  readonly right: 'C' | 'P';
  readonly tradingClass?: string;
}

const RIGHTS = ['C', 'P'] as const;

function needed<T>(flag: string, value: T | undefined): T {
  if (value === undefined) throw new UsageError({ field: flag, rule: 'is needed for the Greeks of one option' });
  return value;
}

function expiryOf(input: CommandInput): string {
  const expiry = needed('--expiry', input.text('expiry'));
  if (!/^\d{4}-\d{2}-\d{2}$/.test(expiry)) throw new UsageError({ field: '--expiry', value: expiry, rule: 'must be a day such as 2026-12-18' });
  return expiry;
}

async function optionOf(input: CommandInput, text: string): Promise<Option> {
  const symbol = parseSymbol('SYMBOL', text);
  const { parseOccSymbol } = await import('@ibkit/market-data');
  const occ = parseOccSymbol(symbol);
  if (occ !== undefined) return { underlying: occ.root, expiry: occ.expiration, strike: occ.strike, right: occ.right };
  return { underlying: symbol, expiry: expiryOf(input), strike: needed('--strike', input.positive('strike')), right: needed('--right', input.choice('right', RIGHTS)) };
}

function greeksText(title: string, { source, impliedVolatility, delta, gamma, vega, theta, rho, price, underlyingPrice }: ApiGreeks): string {
  const rows: readonly (readonly [string, string])[] = [
    ['price', amount(price, 2)],
    ['underlying', amount(underlyingPrice)],
    ['volatility', percent(impliedVolatility)],
    ['delta', fixed(delta, 4)],
    ['gamma', fixed(gamma, 5)],
    ['vega', `${fixed(vega, 4)} per point of volatility`],
    ['theta', `${fixed(theta, 4)} per day`],
    ...(rho === undefined ? [] : [['rho', `${fixed(rho, 4)} per point of the rate`] as const]),
    ['source', source === 'tws' ? 'TWS' : 'computed here'],
  ];
  return `${plain(title)}\n${rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}\n`).join('')}`;
}

/** From numbers alone: no gateway. */
async function computed(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { greeks: greeksOf, impliedVolatility } = await import('@ibkit/market-data');
  const expiry = expiryOf(input);
  const terms = {
    right: needed('--right', input.choice('right', RIGHTS)),
    strike: needed('--strike', input.positive('strike')),
    underlying: needed('--spot', input.positive('spot')),
    rate: input.number('rate') ?? 0,
    dividendYield: input.number('dividend') ?? 0,
    style: input.choice('style', ['american', 'european']) ?? 'american',
    nowMs: context.clock.now(),
    expiryAtMs: Date.parse(`${expiry}${EXPIRY_TIME}`),
  } as const;
  const price = input.positive('price');
  let volatility = input.positive('volatility');
  if ((price === undefined) === (volatility === undefined)) throw new UsageError({ field: '--volatility', rule: 'or --price is needed, and not both' });
  if (price !== undefined) {
    const found = impliedVolatility({ ...terms, price });
    if (!found.converged) throw new UsageError({ field: '--price', value: price, rule: `must be a price that a volatility explains: ${found.message}` });
    ({ volatility } = found);
  }
  const known = volatility ?? 0;
  const answer: ApiGreeks = { source: 'local', impliedVolatility: known, underlyingPrice: terms.underlying, ...greeksOf({ ...terms, volatility: known }) };
  if (context.globals.json) printDocument(context, { expiry, strike: terms.strike, right: terms.right, greeks: answer });
  else context.io.out.write(greeksText(`${expiry} ${amount(terms.strike)} ${terms.right}`, answer));
  return EXIT.ok;
}

function show(context: CommandContext, option: Option, row: ApiChainRow): ExitCode {
  if (row.greeks === undefined) {
    throw new ContractError({ code: 'IBKR_GREEKS_NOT_KNOWN', message: `There are no Greeks of ${option.underlying} ${option.expiry} ${option.strike} ${option.right}: ${plain(row.incompleteReason ?? 'no prices came')}.`, retryable: true, tips: ['A longer --timeout may help, or --delayed.'] });
  }
  if (context.globals.json) printDocument(context, { symbol: option.underlying, expiry: row.expiry, strike: row.strike, right: row.right, conId: row.conId, mode: row.mode, stale: row.stale, bid: row.bid, ask: row.ask, greeks: row.greeks });
  else context.io.out.write(greeksText(`${plain(option.underlying)} ${row.expiry} ${amount(row.strike)} ${row.right}  ${amount(row.bid)} x ${amount(row.ask)}  ${row.mode}${row.stale ? ', stale' : ''}`, row.greeks));
  return EXIT.ok;
}

/** `ibkit greeks [SYMBOL]`: of one option, from the market or from numbers. */
export async function greeks(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbol = input.optional('symbol');
  if (symbol === undefined) return await computed(context, input);
  const offline = ['spot', 'volatility', 'price', 'rate', 'dividend', 'style'].find((name) => input.on(name));
  if (offline !== undefined) throw new UsageError({ field: `--${offline}`, rule: 'is for the offline computation: leave SYMBOL out' });
  const option = await optionOf(input, symbol);
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const { underlying, expiry, strike, right } = option;
    const answer = await operations.chain({ symbol: underlying, ...dataMode(input), expiries: [expiry], fromStrike: strike, toStrike: strike, right, timeoutMs: Math.max(1000, context.globals.timeoutMs) }, { signal: context.io.stop });
    const [row] = answer.rows;
    if (row === undefined) throw new ContractError({ code: 'IBKR_CONTRACT_NOT_FOUND', message: `There is no option ${underlying} ${expiry} ${strike} ${right}.`, tips: [`ibkit chain ${underlying} --expiry ${expiry} shows what there is.`] });
    return show(context, option, row);
  });
}
