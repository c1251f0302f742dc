import type { ApiChain, ApiChainRow } from '@ibkit/api-contract';
import type { Colors } from '../../render/colors.js';
import { table } from '../../render/table.js';
import type { Column } from '../../render/table.js';
import { amount, count, fixed, percent, plain } from '../../render/text.js';

const SIDE: readonly string[] = ['IV', 'DELTA', 'OI', 'BID', 'ASK'];

function side(row: ApiChainRow | undefined): readonly string[] {
  if (row === undefined) return SIDE.map(() => '');
  const { greeks } = row;
  const local = greeks?.source === 'local' ? '~' : '';
  return [greeks?.impliedVolatility === undefined ? '-' : `${local}${percent(greeks.impliedVolatility)}`, fixed(greeks?.delta, 3), count(row.openInterest), amount(row.bid), `${amount(row.ask)}${row.stale ? ' stale' : ''}`];
}

function columns(rights: readonly ('C' | 'P')[]): readonly Column[] {
  const right = 'right' as const;
  const calls = SIDE.map((title) => ({ title, align: right }));
  const puts = [...SIDE].reverse().map((title) => ({ title, align: right }));
  return [...(rights.includes('C') ? calls : []), { title: 'STRIKE', align: right }, ...(rights.includes('P') ? puts : [])];
}

function greekColumns(): readonly Column[] {
  return [{ title: 'STRIKE', align: 'right' }, ...['BID', 'ASK', 'LAST', 'VOLUME', 'OI', 'IV', 'DELTA', 'GAMMA', 'VEGA', 'THETA'].map((title) => ({ title, align: 'right' as const }))];
}

function greekCells({ strike, bid, ask, last, volume, openInterest, greeks }: ApiChainRow): readonly string[] {
  return [amount(strike), amount(bid), amount(ask), amount(last), count(volume), count(openInterest), percent(greeks?.impliedVolatility), fixed(greeks?.delta, 3), fixed(greeks?.gamma, 4), fixed(greeks?.vega, 3), fixed(greeks?.theta, 3)];
}

function expiryTable(rows: readonly ApiChainRow[], price: number | undefined, colors: Colors): string {
  const rights = (['C', 'P'] as const).filter((right) => rows.some((row) => row.right === right));
  const strikes = [...new Set(rows.map(({ strike }) => strike))].sort((a, b) => a - b);
  const nearest = price === undefined ? undefined : strikes.reduce<number | undefined>((best, strike) => (best === undefined || Math.abs(strike - price) < Math.abs(best - price) ? strike : best), undefined);
  if (rights.length === 1) return table(greekColumns(), rows.map(greekCells));
  const at = (strike: number, right: 'C' | 'P'): ApiChainRow | undefined => rows.find((row) => row.strike === strike && row.right === right);
  return table(columns(rights), strikes.map((strike) => {
    const text = amount(strike);
    return [...side(at(strike, 'C')), strike === nearest ? colors.strong(`>${text}`) : text, ...[...side(at(strike, 'P'))].reverse()];
  }));
}

/** A chain around the money: calls on the left, puts on the right; one side alone with all its Greeks. */
export function chainText(chain: ApiChain, colors: Colors): string {
  const { contract, price, mode, stale } = chain.underlying;
  const head = `${plain(contract.symbol ?? '-')}  ${amount(price)}  ${mode}${stale ? ', stale' : ''}\n`;
  const classes = new Map<string, ApiChainRow[]>();
  for (const row of chain.rows) {
    const key = `${row.expiry}  ${row.tradingClass}`;
    classes.set(key, [...(classes.get(key) ?? []), row]);
  }
  const tables = [...classes].map(([title, rows]) => `\n${colors.strong(plain(title))}\n${expiryTable(rows, price, colors)}`);
  const local = chain.rows.some(({ greeks }) => greeks?.source === 'local') ? '~ computed here, because TWS told none\n' : '';
  return `${head}${tables.join('')}${local}`;
}
