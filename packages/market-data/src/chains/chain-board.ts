import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { ChainEntry } from './chain-entry.js';
import type { EntryOwner, ListedContract } from './chain-entry.js';
import type { LeftOutOptions, MissingExpiry } from './chain-report.js';
import type { LocalModel } from './local-greeks.js';
import type { ChosenClass, OptionClass } from './option-class.js';
import type { ChainWants } from './option-chain-options.js';
import { inWindow, needsPrice, shouldRecentre, strikesInWindow } from './option-window.js';
import { VolatilityMemory, isNear } from './volatility-memory.js';

/** One expiry of a class that is wanted. */
export interface WantedExpiry {
  readonly optionClass: OptionClass;
  readonly expiry: string;
}

/** What a {@link ChainBoard} is made from. */
export interface ChainBoardOptions {
  readonly underlying: ResolvedContract;
  readonly wants: ChainWants;
  readonly chosen: readonly ChosenClass[];
  readonly owner: EntryOwner;
  readonly model: LocalModel | undefined;
  /** The board of the day before, whose contracts live on as far as they exist. */
  readonly before: ChainBoard | undefined;
}

/** What came into the window and what left it. */
export interface WindowChange {
  readonly added: readonly ChainEntry[];
  readonly removed: readonly ChainEntry[];
}

/** Ranks are made anew when the underlying has moved by this part. */
const RERANK_MOVE = 0.0025;

/** The contracts of a chain: what exists, what of it is in the window, and what is known of that. */
export class ChainBoard {
  readonly chosen: readonly ChosenClass[];
  /** The nearest first. */
  readonly expiries: readonly WantedExpiry[];
  readonly #options: ChainBoardOptions;
  readonly #listed = new Map<WantedExpiry, readonly ListedContract[]>();
  readonly #unknown = new Map<WantedExpiry, MissingExpiry>();
  readonly #entries: Map<number, ChainEntry>;
  readonly #completed: Set<ChainEntry>;
  readonly #memory: VolatilityMemory;
  readonly #delisted = new Set<number>();
  #sorted: readonly ChainEntry[] = [];
  #ranked: readonly ChainEntry[] = [];
  #rankedAt: number | undefined;
  #centre: number | undefined;
  #news = false;

  constructor(options: ChainBoardOptions) {
    const { chosen, before } = options;
    this.#options = options;
    this.chosen = chosen;
    this.expiries = chosen
      .flatMap(({ optionClass, expiries }) => expiries.map((expiry) => ({ optionClass, expiry })))
      .sort((a, b) => a.expiry.localeCompare(b.expiry));
    this.#entries = new Map(before === undefined ? [] : before.#entries);
    this.#completed = new Set(before === undefined ? [] : before.#completed);
    this.#memory = before === undefined ? new VolatilityMemory() : before.#memory;
    this.#centre = before?.centre;
    this.#sorted = before?.entries ?? [];
    this.#ranked = before?.ranked ?? [];
  }

  /** Expiries whose contracts are known, and those that are wanted. */
  get known(): number {
    return this.#listed.size;
  }

  get wanted(): number {
    return this.expiries.length;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** By expiry, strike and right. */
  get entries(): readonly ChainEntry[] {
    return this.#sorted;
  }

  /** By nearness to the money. */
  get ranked(): readonly ChainEntry[] {
    return this.#ranked;
  }

  get centre(): number | undefined {
    return this.#centre;
  }

  get missingExpiries(): readonly MissingExpiry[] {
    return [...this.#unknown.values()];
  }

  /** Whether the window is known as well as it will be without reading. */
  get isKnown(): boolean {
    return this.#listed.size + this.#unknown.size === this.expiries.length && (this.#centre !== undefined || !needsPrice(this.#options.wants));
  }

  /** Whether every contract of the window is complete. */
  get isRead(): boolean {
    return this.isKnown && this.#entries.size > 0 && this.#completed.size === this.#entries.size;
  }

  get anyComplete(): boolean {
    return this.#completed.size > 0;
  }

  /** Whether something was read that may change a window by delta. */
  get hasNews(): boolean {
    return this.#news;
  }

  /** What the window held out, in words. */
  get emptyReason(): string {
    const { wants, underlying } = this.#options;
    const listed = [...this.#listed.values()].flat();
    if (listed.length === 0) return this.missingExpiries[0]?.message ?? 'the broker knows no contract of the wanted expiries (200)';
    const strikes = listed.map(({ strike }) => strike);
    const at = this.#centre === undefined ? '' : `, with ${underlying.localSymbol} at ${this.#centre}`;
    const window = Object.entries({ strikes: wants.strikes, moneyness: wants.moneyness, delta: wants.delta, right: wants.right }).filter(([, value]) => value !== undefined);
    return `none of the ${listed.length} contracts with strikes from ${Math.min(...strikes)} to ${Math.max(...strikes)} is in the window ${JSON.stringify(Object.fromEntries(window))}${at}`;
  }

  /** Strikes of the classes, in the window, that do not exist in an expiry. */
  get leftOut(): readonly LeftOutOptions[] {
    const { wants } = this.#options;
    const isCounted = wants.strikesEachSide !== undefined && !('list' in wants.strikes);
    const left: LeftOutOptions[] = [];
    for (const [{ optionClass, expiry }, contracts] of this.#listed) {
      const wanted = isCounted ? [] : [...strikesInWindow(optionClass.strikes, { ...wants, strikesEachSide: undefined }, this.#centre)];
      const { tradingClass } = optionClass;
      for (const right of wants.right === undefined ? (['C', 'P'] as const) : [wants.right]) {
        const alive = contracts.filter((one) => one.right === right && !this.#delisted.has(one.contract.conId)).map(({ strike }) => strike);
        const delisted = contracts.filter((one) => one.right === right && this.#delisted.has(one.contract.conId)).map(({ strike }) => strike);
        const existing = new Set(alive);
        const strikes = [...new Set([...wanted.filter((strike) => !existing.has(strike)), ...delisted])].sort((a, b) => a - b);
        if (strikes.length > 0) left.push(Object.freeze({ expiry, tradingClass, right, strikes: Object.freeze(strikes) }));
      }
    }
    return left;
  }

  /** The contracts of an expiry are known. */
  learn(wanted: WantedExpiry, contracts: readonly ResolvedContract[]): void {
    const { expiry, optionClass } = wanted;
    const { tradingClass } = optionClass;
    const listed = contracts.flatMap((contract): readonly ListedContract[] => {
      const { strike, right, timeZoneId } = contract;
      return strike === undefined || right === undefined ? [] : [{ contract, expiry, strike, right, tradingClass, timeZoneId }];
    });
    this.#listed.set(wanted, listed);
  }

  /** The contracts of an expiry cannot be learned. */
  unknown(wanted: WantedExpiry, message: string): void {
    const { expiry, optionClass } = wanted;
    this.#unknown.set(wanted, Object.freeze({ expiry, tradingClass: optionClass.tradingClass, message }));
  }

  /** The broker does not know a contract any more (200). */
  delist(entry: ChainEntry): void {
    this.#delisted.add(entry.contract.conId);
  }

  /** The window is around this price from now on. */
  centreOn(price: number): void {
    this.#centre = price;
  }

  /** Whether a new price asks for a new window. */
  shouldRecentre(price: number): boolean {
    const centre = this.#centre;
    if (centre === undefined) return true;
    const strikes = new Set(this.#sorted.map(({ strike }) => strike));
    return shouldRecentre(this.#options.wants, { centre, price }, [...strikes]);
  }

  /** Sorts anew by nearness when the price has moved enough for that. @returns whether it has */
  rerank(price: number | undefined): boolean {
    const before = this.#rankedAt;
    if (price === undefined || (before !== undefined && Math.abs(price / before - 1) < RERANK_MOVE)) return false;
    this.#rank(price);
    return true;
  }

  /** Puts the window over what is known. Contracts of expiries that are not known yet stay. */
  apply(price: number | undefined, marketMs: number): WindowChange {
    const { wants, model, owner } = this.#options;
    this.#news = false;
    const wanted = new Map<number, ListedContract>();
    const deltaOf = (one: ListedContract): number | undefined => {
      if (price === undefined) return undefined;
      return this.#memory.delta(one.contract.conId, price) ?? this.#guessDelta(one, model, { price, marketMs });
    };
    const isIn = ({ contract }: ListedContract): boolean => this.#entries.has(contract.conId);
    for (const contracts of this.#listed.values()) {
      const alive = contracts.filter(({ contract }) => !this.#delisted.has(contract.conId));
      for (const one of inWindow(alive, wants, { centre: this.#centre, deltaOf, isIn })) wanted.set(one.contract.conId, one);
    }
    const pending = new Set(this.expiries.filter((one) => !this.#listed.has(one) && !this.#unknown.has(one)).map(({ expiry }) => expiry));
    const removed: ChainEntry[] = [];
    for (const [conId, entry] of this.#entries) {
      if (wanted.has(conId) || (pending.has(entry.expiry) && !this.#delisted.has(conId))) continue;
      removed.push(entry);
      this.#entries.delete(conId);
      this.#completed.delete(entry);
    }
    const added: ChainEntry[] = [];
    for (const [conId, one] of wanted) {
      if (this.#entries.has(conId)) continue;
      const entry = new ChainEntry(one, owner);
      this.#entries.set(conId, entry);
      added.push(entry);
    }
    if (added.length + removed.length > 0 || this.#rankedAt === undefined) {
      this.#sorted = [...this.#entries.values()].sort(byExpiry);
      this.#rank(price);
    } else this.rerank(price);
    return { added, removed };
  }

  /** Something about a contract changed. @returns whether it became complete, or is not any more */
  note(entry: ChainEntry): boolean {
    if (this.#entries.get(entry.contract.conId) !== entry) return false;
    const was = this.#completed.has(entry);
    if (entry.complete) {
      this.#completed.add(entry);
      const { greeks } = entry;
      const underlyingPrice = greeks?.underlyingPrice;
      if (greeks?.impliedVolatility !== undefined && underlyingPrice !== undefined) {
        const { expiry, strike, right } = entry;
        this.#memory.learn(entry.contract.conId, { expiry, strike, right }, { volatility: greeks.impliedVolatility, delta: greeks.delta, underlyingPrice });
        if (!was) this.#news = true;
      }
    } else this.#completed.delete(entry);
    return was !== entry.complete;
  }

  /** Whether nothing more is to come. */
  isSettled(test: (entry: ChainEntry) => boolean): boolean {
    return this.isKnown && this.#sorted.every(test);
  }

  /** By the volatility of the nearest contract that was read, and as far off as the model was there. */
  #guessDelta(one: ListedContract, model: LocalModel | undefined, { price, marketMs }: { readonly price: number; readonly marketMs: number }): number | undefined {
    const near = this.#memory.nearest(one);
    const moment = { underlyingPrice: price, marketMs, volatility: near?.volatility };
    const guess = model?.guessDelta(one, moment);
    if (guess === undefined || near?.contract.expiry !== one.expiry || near.contract.right !== one.right || !isNear(near, price)) return guess;
    const there = model?.guessDelta({ ...near.contract, timeZoneId: one.timeZoneId }, moment) ?? guess;
    return Math.min(1, Math.max(0, guess + Math.abs(near.delta) - there));
  }

  #rank(price: number | undefined): void {
    const middle = this.#sorted[Math.floor(this.#sorted.length / 2)]?.strike;
    const centre = price ?? this.#centre ?? middle ?? 1;
    this.#rankedAt = price;
    const distance = (entry: ChainEntry): number => Math.abs(Math.log(entry.strike / centre));
    this.#ranked = [...this.#sorted].sort((a, b) => distance(a) - distance(b) || byExpiry(a, b));
  }
}

function byExpiry(a: ChainEntry, b: ChainEntry): number {
  return a.expiry.localeCompare(b.expiry) || a.strike - b.strike || a.right.localeCompare(b.right) || a.tradingClass.localeCompare(b.tradingClass);
}
