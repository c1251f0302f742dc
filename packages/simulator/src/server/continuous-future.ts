import type { ContractQuery, Instrument, InstrumentUniverse } from '../market/instrument.js';

const CONTINUOUS = 'CONTFUT';
/** TWS API: contract details of the single months and of the continuous future at once. */
const BOTH = 'FUT+CONTFUT';

function typeOf({ secType }: ContractQuery): string {
  return (secType ?? '').trim().toUpperCase();
}

/** Whether a contract is a continuous future. */
export function isContinuous(query: ContractQuery): boolean {
  return typeOf(query) === CONTINUOUS;
}

/** Whether details of the single months and of the continuous future are wanted. */
export function wantsBoth(query: ContractQuery): boolean {
  return typeOf(query) === BOTH;
}

/** The first months, one for each product that fits, that trade at an instant: TWS API: a continuous future has the id, the months and the prices of the one that is in front. */
export function frontMonths(universe: InstrumentUniverse, query: ContractQuery, nowMs: number): readonly Instrument[] {
  const fronts = new Map<string, Instrument>();
  const today = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const wanted = { ...query, secType: 'FUT', conId: undefined, lastTradeDateOrContractMonth: undefined, localSymbol: undefined };
  const found = query.conId !== undefined && query.conId > 0 ? universe.find({ conId: query.conId }) : universe.find(wanted);
  for (const instrument of found) {
    const { expiry = '', secType, exchange, symbol } = instrument;
    if (secType !== 'FUT' || expiry < today) continue;
    const key = `${symbol} ${exchange}`;
    if ((fronts.get(key)?.expiry ?? '9') > expiry) fronts.set(key, instrument);
  }
  return [...fronts.values()];
}
