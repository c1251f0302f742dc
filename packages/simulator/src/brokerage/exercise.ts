import type { Instrument } from '../market/instrument.js';
import type { Refusal } from './refusal.js';

/** What a client wants to become of options that it holds; the names are those of the request on the wire. */
export interface ExerciseTicket {
  /** 1 exercise, 2 lapse. */
  readonly exerciseAction: number;
  /** Contracts. */
  readonly exerciseQuantity: number;
  readonly account: string;
  /** Also against what the option is worth. */
  readonly override: boolean;
}

/** What the request is judged by. */
export interface ExerciseFacts {
  readonly option: Instrument;
  readonly underlying: Instrument | undefined;
  /** Contracts that the account holds. */
  readonly held: number;
  /** Price of the underlying; undefined when there is none. */
  readonly underlyingPrice: number | undefined;
  /** Whether the option's last trading day has come. */
  readonly isLastDay: boolean;
}

/** A booking that an exercise makes, at a price that no market made. */
export interface ExercisePart {
  readonly instrument: Instrument;
  readonly action: 'BUY' | 'SELL';
  readonly shares: number;
  readonly price: number;
}

/** TWS: requests that cannot be done get 322. */
export function exerciseRefusal(cause: string): Refusal {
  return { code: 322, message: `Error processing request.-'exerciseOptions' : cause - ${cause}` };
}

function isInTheMoney({ strike = 0, right }: Instrument, price: number): boolean {
  return right === 'C' ? price > strike : price < strike;
}

/** What an option is worth at once, per unit of its underlying. */
function intrinsicValue({ strike = 0, right }: Instrument, price: number): number {
  return Number(Math.max(0, right === 'C' ? price - strike : strike - price).toFixed(4));
}

/**
 * What an exercise or lapse books: the options go at 0, and for an exercise the underlying comes (calls) or goes (puts) at the strike: shares, or one future for each
 * option. Options that are settled in cash go for what they are worth, on their last day only.
 */
export function planExercise({ exerciseAction, exerciseQuantity, account, override }: ExerciseTicket, facts: ExerciseFacts): readonly ExercisePart[] | Refusal {
  const { option, underlying, held, underlyingPrice, isLastDay } = facts;
  if (exerciseAction !== 1 && exerciseAction !== 2) return exerciseRefusal(`exerciseAction must be 1 (exercise) or 2 (lapse), not ${exerciseAction}.`);
  if (!Number.isInteger(exerciseQuantity) || exerciseQuantity < 1) return exerciseRefusal(`exerciseQuantity must be a whole number from 1, not ${exerciseQuantity}.`);
  if (held < exerciseQuantity) return exerciseRefusal(`No unlapsed position exists in this option in account ${account}.`);
  const isWorth = underlyingPrice !== undefined && isInTheMoney(option, underlyingPrice);
  const gone: ExercisePart = { instrument: option, action: 'SELL', shares: exerciseQuantity, price: 0 };
  if (exerciseAction === 2) return isWorth && !override ? exerciseRefusal('Lapse ignored because option is in-the-money.') : [gone];
  if (!isWorth && !override) return exerciseRefusal('Exercise ignored because option is not in-the-money.');
  if (option.isCashSettled === true) {
    if (!isLastDay) return exerciseRefusal('Exercise ignored because the option can be exercised on its last trading day only.');
    return [{ ...gone, price: intrinsicValue(option, underlyingPrice ?? 0) }];
  }
  if (underlying === undefined) return exerciseRefusal('The underlying of the option is not listed.');
  const shares = underlying.secType === 'FUT' ? exerciseQuantity : exerciseQuantity * (option.multiplier ?? 1);
  return [gone, { instrument: underlying, action: option.right === 'C' ? 'BUY' : 'SELL', shares, price: option.strike ?? 0 }];
}
