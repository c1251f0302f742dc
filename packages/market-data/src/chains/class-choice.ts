import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { ambiguousClassError, emptyChainError, expiredError, noOptionsError, notListedError } from './chain-errors.js';
import type { ChosenClass, OptionClass } from './option-class.js';
import type { ChainWants } from './option-chain-options.js';

/** What {@link chooseClasses} chooses from. */
export interface ClassChoice {
  readonly underlying: Pick<ResolvedContract, 'localSymbol' | 'symbol' | 'secType' | 'exchange'>;
  readonly classes: readonly OptionClass[];
  readonly wants: Pick<ChainWants, 'expiries' | 'exchange' | 'tradingClass' | 'multiplier' | 'daysToExpiry' | 'nextExpiries'>;
  /** The day at the exchange, `YYYY-MM-DD`. */
  readonly today: string;
}

const DAY_MS = 86_400_000;

/** Calendar days between two days. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/**
 * Which classes and expiries are meant. Each wanted expiry belongs to one class:
 *
 * - the class that is named, or the only one that has it;
 * - on a stock the class that is called like it, since the others hold what a corporate action left behind;
 * - otherwise nobody knows, and the error lists the candidates.
 *
 * @throws ContractError `IBKR_CHAIN_NO_OPTIONS`, `IBKR_CHAIN_NOT_LISTED`, `IBKR_CHAIN_EXPIRED`, `IBKR_CHAIN_AMBIGUOUS` or `IBKR_CHAIN_EMPTY`.
 */
export function chooseClasses(choice: ClassChoice): readonly ChosenClass[] {
  const { underlying, classes, wants } = choice;
  const name = underlying.localSymbol;
  if (classes.length === 0) throw noOptionsError(name);
  const here = ofField(choice, 'exchange', atExchange(choice), ({ exchange }) => exchange);
  const named = wants.tradingClass === undefined ? here : ofField(choice, 'tradingClass', here.filter(({ tradingClass }) => tradingClass === wants.tradingClass), ({ tradingClass }) => tradingClass, here);
  const fitting = wants.multiplier === undefined ? named : ofField(choice, 'multiplier', named.filter(({ multiplier }) => multiplier === wants.multiplier), ({ multiplier }) => multiplier, named);
  const expiries = wantedExpiries(choice, fitting);
  const chosen = new Map<OptionClass, string[]>();
  for (const expiry of expiries) {
    const optionClass = theOne(choice, fitting, expiry, expiries);
    const list = chosen.get(optionClass) ?? [];
    chosen.set(optionClass, list);
    list.push(expiry);
  }
  return [...chosen].map(([optionClass, list]) => ({ optionClass, expiries: list }));
}

function atExchange({ underlying, classes, wants }: ClassChoice): readonly OptionClass[] {
  const at = (exchange: string): readonly OptionClass[] => classes.filter((one) => one.exchange === exchange);
  if (wants.exchange !== undefined) return at(wants.exchange);
  for (const usual of ['SMART', underlying.exchange]) if (at(usual).length > 0) return at(usual);
  if (new Set(classes.map(({ exchange }) => exchange)).size > 1) throw ambiguousClassError(underlying.localSymbol, classes);
  return classes;
}

function ofField(
  { underlying, classes, wants }: ClassChoice,
  field: 'exchange' | 'tradingClass' | 'multiplier',
  found: readonly OptionClass[],
  valueOf: (one: OptionClass) => string | number,
  among: readonly OptionClass[] = classes,
): readonly OptionClass[] {
  if (found.length > 0) return found;
  throw notListedError(underlying.localSymbol, { field, value: wants[field] ?? '', rule: `must be a ${field} that is listed` }, [...new Set(among.map(valueOf))]);
}

/** The expiries that the wishes name, over all classes that fit, ascending. */
function wantedExpiries({ underlying, wants, today }: ClassChoice, fitting: readonly OptionClass[]): readonly string[] {
  const name = underlying.localSymbol;
  const listed = [...new Set(fitting.flatMap(({ expiries }) => expiries))].sort();
  const alive = listed.filter((expiry) => expiry >= today);
  const { expiries, daysToExpiry, nextExpiries } = wants;
  if ('list' in expiries) {
    for (const [index, expiry] of expiries.list.entries()) {
      const field = `expiries[${index}]`;
      if (expiry < today) throw expiredError(name, { field, value: expiry, rule: `must not be before today (${today})` });
      if (!alive.includes(expiry)) throw notListedError(name, { field, value: expiry, rule: 'must be an expiry that is listed' }, alive);
    }
  } else if (expiries.to !== undefined && expiries.to < today) {
    throw expiredError(name, { field: 'expiries.to', value: expiries.to, rule: `must not be before today (${today})` });
  }
  const asked = alive.filter((expiry) => ('list' in expiries ? expiries.list.includes(expiry) : expiry >= (expiries.from ?? '') && expiry <= (expiries.to ?? expiry)));
  const near = asked.filter((expiry) => {
    const days = daysBetween(today, expiry);
    return daysToExpiry === undefined || (days >= daysToExpiry.from && days <= daysToExpiry.to);
  });
  if (near.length > 0) return near.slice(0, nextExpiries);
  throw emptyChainError(name, `none of the ${alive.length} expiries from ${alive[0] ?? 'nowhere'} to ${alive.at(-1) ?? 'nowhere'} is wanted`, { field: 'expiries', available: alive });
}

function theOne({ underlying }: ClassChoice, fitting: readonly OptionClass[], expiry: string, wanted: readonly string[]): OptionClass {
  const having = fitting.filter(({ expiries }) => expiries.includes(expiry));
  const own = underlying.secType === 'STK' ? having.filter(({ tradingClass }) => tradingClass === underlying.symbol.replaceAll(' ', '')) : [];
  const [only, ...others] = own.length > 0 ? own : having;
  if (only !== undefined && others.length === 0) return only;
  throw ambiguousClassError(underlying.localSymbol, fitting.filter(({ expiries }) => wanted.some((one) => expiries.includes(one))));
}
