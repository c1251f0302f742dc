import type { OptionRight } from '../contracts/contract-query.js';
import type { ChainWants, Span } from './option-chain-options.js';

/** What the window must know of a contract. */
export interface WindowContract {
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
}

/** Where the window stands. */
export interface WindowView<C extends WindowContract> {
  /** The price that it is around; `undefined` while nobody knows one. */
  readonly centre: number | undefined;
  /** What is known or guessed of the delta of a contract, without its sign. */
  readonly deltaOf: (contract: C) => number | undefined;
  /** Whether a contract is in it already: what is in leaves a little later than it came. */
  readonly isIn: (contract: C) => boolean;
}

type StrikeWants = Pick<ChainWants, 'strikes' | 'right' | 'moneyness' | 'delta' | 'strikesEachSide'>;

/** How far beyond its bounds a contract may be by delta before it leaves. */
const DELTA_SLACK = 0.02;
/** A window is put around a new price when that has moved by this part of the window's half. */
const RECENTRE_PART = 0.25;
/** The least move that counts, as part of the price. */
const LEAST_MOVE = 0.001;
/** Deltas change with every move. */
const DELTA_MOVE = 0.0025;

/** Whether the window cannot be found without a price of the underlying. */
export function needsPrice({ moneyness, delta, strikesEachSide }: StrikeWants): boolean {
  return moneyness !== undefined || delta !== undefined || strikesEachSide !== undefined;
}

/** The contracts of one expiry that the window holds, in their order. */
export function inWindow<C extends WindowContract>(contracts: readonly C[], wants: StrikeWants, view: WindowView<C>): readonly C[] {
  const { right, delta } = wants;
  const strikes = strikesInWindow([...new Set(contracts.map(({ strike }) => strike))], wants, view.centre);
  return contracts.filter((contract) => {
    if (!strikes.has(contract.strike) || (right !== undefined && contract.right !== right)) return false;
    if (delta === undefined) return true;
    const known = view.deltaOf(contract);
    return known !== undefined && within(known, view.isIn(contract) ? { from: delta.from - DELTA_SLACK, to: delta.to + DELTA_SLACK } : delta);
  });
}

/** The strikes that a window holds, whatever exists of them. */
export function strikesInWindow(strikes: readonly number[], wants: StrikeWants, centre: number | undefined): ReadonlySet<number> {
  const { moneyness, strikesEachSide } = wants;
  const asked = strikes.filter((strike) => ('list' in wants.strikes ? wants.strikes.list.includes(strike) : within(strike, wants.strikes)));
  if (moneyness === undefined && strikesEachSide === undefined) return new Set(asked);
  if (centre === undefined) return new Set();
  const near = moneyness === undefined ? asked : asked.filter((strike) => within(strike / centre, moneyness));
  return new Set(strikesEachSide === undefined ? near : aroundCentre(near, centre, strikesEachSide));
}

/**
 * Whether a window should be put around a new price. Not with every tick: contracts at its edge would come and go. The price must have moved by a
 * quarter of the window's half, at least by 0.1 % (by delta: by 0.25 %).
 */
export function shouldRecentre(wants: StrikeWants, move: { readonly centre: number; readonly price: number }, strikes: readonly number[]): boolean {
  const { centre, price } = move;
  const moved = Math.abs(price - centre) / centre;
  const limits: number[] = [];
  if (wants.moneyness !== undefined) limits.push(halfOf(wants.moneyness) * RECENTRE_PART);
  if (wants.delta !== undefined) limits.push(DELTA_MOVE);
  if (wants.strikesEachSide !== undefined) {
    const held = aroundCentre([...strikes].sort((a, b) => a - b), centre, wants.strikesEachSide);
    const reach = Math.max(0, ...held.map((strike) => Math.abs(strike - centre)));
    limits.push((reach / centre) * RECENTRE_PART);
  }
  return limits.length > 0 && moved >= Math.max(LEAST_MOVE, Math.min(...limits));
}

function halfOf({ from, to }: Span): number {
  return (Math.min(to, 2) - from) / 2;
}

function aroundCentre(ascending: readonly number[], centre: number, eachSide: number): readonly number[] {
  const sorted = [...ascending].sort((a, b) => a - b);
  const above = sorted.findIndex((strike) => strike >= centre);
  const first = above === -1 ? sorted.length : above;
  return sorted.slice(Math.max(0, first - eachSide), first + eachSide);
}

function within(value: number, { from, to }: Span): boolean {
  return value >= from && value <= to;
}
