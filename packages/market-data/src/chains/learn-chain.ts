import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { ChainBoard } from './chain-board.js';
import { chooseClasses } from './class-choice.js';
import type { ChosenClass } from './option-class.js';
import type { ChainWants } from './option-chain-options.js';
import type { OptionDefinitions } from './option-definitions.js';

/** Expiries asked for at a time: TWS throttles long answers of contract details. */
const EXPIRIES_AT_A_TIME = 8;

/** What is to be learned, and who is told. */
export interface ChainLesson {
  readonly definitions: OptionDefinitions;
  readonly underlying: ResolvedContract;
  /** The day at the exchange, `YYYYMMDD`. */
  readonly day: string;
  readonly wants: ChainWants;
  /** Whether nobody wants to know any more. */
  readonly isOver: () => boolean;
  /** The classes are known: gives what the contracts are written on. */
  readonly begin: (chosen: readonly ChosenClass[]) => ChainBoard;
  /** The contracts of one more expiry are known, or known to be unknown. */
  readonly learned: () => void;
}

/**
 * Learns what is listed today, expiry by expiry, the nearest first; each is told as soon as it is known.
 * @throws the errors of a chain whose classes cannot be had or chosen; what is wrong with one expiry leaves the others.
 */
export async function learnChain({ definitions, underlying, day, wants, isOver, begin, learned }: ChainLesson): Promise<void> {
  const classes = await definitions.classesOf(underlying);
  if (isOver()) return;
  const board = begin(chooseClasses({ underlying, classes, wants, today: day }));
  const queue = [...board.expiries];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !isOver(); next = queue.shift()) {
      const { optionClass, expiry } = next;
      try {
        board.learn(next, await definitions.contractsOf({ underlying, optionClass, expiry }));
      } catch (error) {
        board.unknown(next, error instanceof Error ? error.message : String(error));
      }
      if (!isOver()) learned();
    }
  };
  await Promise.all(Array.from({ length: EXPIRIES_AT_A_TIME }, worker));
}
