import type { Clock, Timer } from '@ibkit/clock';
import type { Position } from '../../account/account-data.js';
import { isSameInstrument } from '../contract.js';
import { addDecimals, compareDecimals, decimalText } from '../decimal.js';
import type { OrderChange, OrderLedger } from '../order-ledger.js';
import { isEnded } from '../order-state.js';
import type { OrderState } from '../order-state.js';

/** A bracket at one moment. */
export interface BracketState {
  /** The intent of its entry. */
  readonly group: string;
  /** The key of its entry. */
  readonly key: string;
  readonly entry: OrderState;
  readonly takeProfit: OrderState | undefined;
  readonly stopLoss: OrderState | undefined;
  /** What the entry has filled and the exits have not closed again. */
  readonly openQuantity: number;
  /** How much of it an exit at work protects: the stop where there is one, else the profit. */
  readonly protectedQuantity: number;
}

/** What a {@link BracketWatch} is made from. */
export interface BracketWatchOptions {
  readonly clock: Clock;
  readonly ledger: OrderLedger;
  /** The position is open, and no exit at work protects all of it. */
  readonly onUnprotected: (bracket: BracketState, reason: string) => void;
  /** It is protected again, or closed. */
  readonly onProtected: (bracket: BracketState) => void;
  /** An order of the bracket is to go: an entry that lost its exit, or an exit whose position is closed. */
  readonly onUnwanted: (order: OrderState, reason: string) => void;
  /** Only a fresh look at the broker's lists can settle it. */
  readonly onDoubt: (why: string) => void;
}

/** How long an exit may take to be at work after a fill of the entry, and to go after the other one has closed the position, milliseconds. */
export const BRACKET_GRACE_MS = 5_000;

/** At work, as far as the broker said last; an unknown one may be, which is no protection. */
const AT_WORK: ReadonlySet<OrderState['status']> = new Set(['acked', 'working']);

function isAtWork(order: OrderState | undefined): boolean {
  return order !== undefined && AT_WORK.has(order.status);
}

/** The state of a bracket, from its orders and nothing else. */
export function bracketState(ledger: OrderLedger, group: string): BracketState | undefined {
  const orders = ledger.bracket(group);
  const find = (role: string): OrderState | undefined => orders.findLast(({ bracket }) => bracket?.role === role);
  const [entry, takeProfit, stopLoss] = [find('entry'), find('takeProfit'), find('stopLoss')];
  if (entry === undefined) return undefined;
  const closed = addDecimals(decimalText(takeProfit?.filledQuantity ?? 0), decimalText(stopLoss?.filledQuantity ?? 0));
  const left = addDecimals(decimalText(entry.filledQuantity), closed === '0' ? '0' : `-${closed}`);
  const guard = stopLoss ?? takeProfit;
  return {
    group,
    key: entry.key,
    entry,
    takeProfit,
    stopLoss,
    openQuantity: compareDecimals(left, '0') > 0 ? Number(left) : 0,
    protectedQuantity: guard !== undefined && isAtWork(guard) ? guard.remainingQuantity : 0,
  };
}

/** Why the position of a bracket is not protected. */
function reasonOf({ stopLoss, takeProfit, protectedQuantity, openQuantity }: BracketState): string {
  const guard = stopLoss ?? takeProfit;
  const name = stopLoss === undefined ? 'take profit' : 'stop loss';
  if (guard === undefined) return 'it has no exit';
  if (isAtWork(guard)) return `the ${name} covers ${decimalText(protectedQuantity)} of ${decimalText(openQuantity)}`;
  return `the ${name} is ${guard.status}${guard.reason === undefined ? '' : `: ${guard.reason}`}`;
}

/**
 * Watches brackets: as long as the position of one is open, an exit must be at work. What is missing is an alarm, and not mended with orders
 * of our own making; only what can open a position by itself is cancelled, an entry whose exit was rejected and an exit that outlives the position.
 */
export class BracketWatch {
  readonly #options: BracketWatchOptions;
  readonly #alarmed = new Set<string>();
  /** Brackets whose position was gone at the last sweep, and of which nothing was heard since. */
  readonly #flat = new Set<string>();
  readonly #timers = new Map<string, Timer>();

  constructor(options: BracketWatchOptions) {
    this.#options = options;
  }

  /** An order changed. */
  onChange({ after, before }: OrderChange): void {
    const group = after.bracket?.group;
    const bracket = group === undefined ? undefined : bracketState(this.#options.ledger, group);
    if (bracket === undefined) return;
    this.#flat.delete(bracket.group);
    if (after.status === 'rejected' && before?.status !== 'rejected') this.#onRejected(bracket, after);
    this.#judge(bracket);
  }

  /**
   * Looks at every bracket after a complete sweep. A position that somebody else has closed, by hand or by another order, needs no protection:
   * that is known of brackets of which nothing was heard for a while before the sweep.
   * @param seen what the sweep showed, from when on, and whose positions: another login says nothing about those of this one
   */
  swept({ positions, startedAtMs, accounts }: { readonly positions: readonly Position[]; readonly startedAtMs: number; readonly accounts: readonly string[] }): void {
    const { ledger } = this.#options;
    for (const group of ledger.brackets()) {
      const bracket = bracketState(ledger, group);
      if (bracket === undefined) continue;
      if (bracket.openQuantity > 0 && accounts.includes(bracket.entry.account) && isOlderThan(bracket, startedAtMs) && isFlat(bracket.entry, positions)) this.#flat.add(group);
      this.#judge(bracket);
    }
  }

  /** Stops every timer. */
  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #onRejected({ entry }: BracketState, order: OrderState): void {
    if (order.intentId === entry.intentId || isEnded(entry.status)) return;
    this.#options.onUnwanted(entry, `its ${order.bracket?.role ?? 'exit'} was rejected`);
  }

  #judge(bracket: BracketState): void {
    const { group } = bracket;
    if (this.#isSafe(bracket)) this.#clear(bracket);
    else if (hasLostGuard(bracket)) this.#alarm(bracket);
    // The exits follow the fill of the entry by themselves, but not in the same message.
    else this.#lookLater(group);
    if (survivors(bracket).length > 0) this.#lookLater(group);
  }

  #isSafe({ group, openQuantity, protectedQuantity }: BracketState): boolean {
    return openQuantity === 0 || protectedQuantity >= openQuantity || this.#flat.has(group);
  }

  #clear(bracket: BracketState): void {
    if (this.#alarmed.delete(bracket.group)) this.#options.onProtected(bracket);
  }

  #alarm(bracket: BracketState): void {
    if (this.#alarmed.has(bracket.group)) return;
    this.#alarmed.add(bracket.group);
    this.#options.onUnprotected(bracket, reasonOf(bracket));
    this.#options.onDoubt('a position of a bracket is not protected');
  }

  #lookLater(group: string): void {
    if (this.#timers.has(group)) return;
    const timer = this.#options.clock.setTimer(
      BRACKET_GRACE_MS,
      () => {
        this.#timers.delete(group);
        const bracket = bracketState(this.#options.ledger, group);
        if (bracket === undefined) return;
        if (this.#isSafe(bracket)) this.#clear(bracket);
        else this.#alarm(bracket);
        for (const order of survivors(bracket)) this.#options.onUnwanted(order, 'the position that it would close is closed already');
      },
      { keepAlive: false },
    );
    this.#timers.set(group, timer);
  }
}

/** Positions may lag behind executions. */
function isOlderThan({ entry, takeProfit, stopLoss }: BracketState, atMs: number): boolean {
  return [entry, takeProfit, stopLoss].every((order) => order === undefined || order.changedAtMs + BRACKET_GRACE_MS <= atMs);
}

/** Whether the account holds nothing on the side that the entry opened. */
function isFlat({ account, contract, action }: OrderState, positions: readonly Position[]): boolean {
  return !positions.some((held) => held.account === account && isSameInstrument(contract, held.contract) && held.position !== 0 && held.position > 0 === (action === 'BUY'));
}

/** The exit that protects is over, and nothing will bring it back. */
function hasLostGuard({ stopLoss, takeProfit }: BracketState): boolean {
  const guard = stopLoss ?? takeProfit;
  return guard === undefined || (isEnded(guard.status) && guard.status !== 'filled');
}

/** Exits at work although the entry is over and everything that it filled is closed again: a fill of one would open a position. */
function survivors({ entry, takeProfit, stopLoss, openQuantity }: BracketState): readonly OrderState[] {
  if (!isEnded(entry.status) || openQuantity > 0 || entry.filledQuantity < entry.reportedFilled) return [];
  return [takeProfit, stopLoss].flatMap((order) => (order !== undefined && isAtWork(order) && order.cancel !== 'requested' ? [order] : []));
}
