import type { OrderPlan } from '../../judge/intent.js';
import { Chance } from '../../round/chance.js';
import { orderPlan } from '../../round/round-plan.js';
import { TROUBLE_KINDS, TroubleDeck } from '../../round/trouble.js';
import type { Trouble } from '../../round/trouble.js';
import { KILL_MOMENTS } from './kill-moment.js';
import type { KillMoment } from './kill-moment.js';

/** How many callers there are. */
export const CALLERS = 3;
/** An order whose outcome is unknown holds up others of its instrument, so there are many. */
export const INSTRUMENTS = 300;
const STEPS = 9;
/** Enough orders to be filled before the account has spent everything. */
const MOST_SHARES = 40;

/** One thing that happens while the daemon lives; `gapMs`: real milliseconds before. `which` picks one of the orders so far, the newest at 0. */
export type DaemonStep = { readonly gapMs: number; readonly caller: number } & (
  | { readonly do: 'place'; readonly key: string; readonly order: OrderPlan; readonly waitMs: number; readonly times: 1 | 2 }
  | { readonly do: 'cancel' | 'repeat' | 'conflict'; readonly which: number }
  | { readonly do: 'change'; readonly which: number; readonly limitPrice: number }
  | { readonly do: 'price'; readonly which: number; readonly price: number }
  | { readonly do: 'trouble'; readonly trouble: Trouble }
);

/** What happens between two starts of the daemon, and how it ends. Plain data. */
export interface DaemonRoundPlan {
  readonly round: number;
  readonly moment: KillMoment;
  /** Which part of an order's frame leaves, for `inside`. */
  readonly part: number;
  /** How long after the step it is killed, for `any`, real milliseconds. */
  readonly afterMs: number;
  /** The step, a placement, at which the moment is waited for. */
  readonly armAt: number;
  readonly steps: readonly DaemonStep[];
  /** What happens to prices while nobody is there. */
  readonly meanwhile: readonly { readonly which: number; readonly price: number }[];
  readonly downMs: number;
  /** Whether what is wrong at the broker's is over before the daemon is back. */
  readonly healed: boolean;
}

/** The name of an instrument. */
export function symbolOf(index: number): string {
  return `C${String(index).padStart(3, '0')}`;
}

function order(chance: Chance): OrderPlan {
  const plan = orderPlan(chance);
  const symbol = plan.symbol === 'NOSUCH' ? plan.symbol : symbolOf(chance.whole(0, INSTRUMENTS - 1));
  return { ...plan, symbol, quantity: plan.quantity === 1_000_000 ? plan.quantity : 1 + (plan.quantity % MOST_SHARES) };
}

/** The plan of a round: the same for the same seed and round. */
export function planDaemonRound(seed: number, round: number): DaemonRoundPlan {
  const chance = Chance.of(seed, round);
  const deck = new TroubleDeck(chance, (round * 7) % TROUBLE_KINDS);
  const steps: DaemonStep[] = [];
  const armAt = chance.whole(3, STEPS - 2);
  const troubleAt = chance.happens(0.5) ? chance.whole(1, STEPS - 1) : -1;
  for (let index = 0; index < STEPS; index += 1) {
    const common = { gapMs: chance.happens(0.4) ? 0 : chance.whole(1, 40), caller: chance.whole(0, CALLERS - 1) };
    const which = chance.whole(0, 11);
    const place: DaemonStep = { ...common, do: 'place', key: `r${round}-${index}`, order: order(chance), waitMs: chance.pick(0, 0, 300, 2_000), times: chance.happens(0.15) ? 2 : 1 };
    const others: readonly [DaemonStep, ...DaemonStep[]] = [
      { ...common, do: 'cancel', which },
      { ...common, do: 'cancel', which },
      { ...common, do: 'change', which, limitPrice: chance.pick(51, 52.5, 121, 79, 190) },
      { ...common, do: 'repeat', which },
      { ...common, do: 'conflict', which },
      { ...common, do: 'price', which, price: chance.pick(40, 49, 95, 100, 130, 210) },
    ];
    if (index === troubleAt) steps.push({ ...common, do: 'trouble', trouble: deck.next() });
    steps.push(index === armAt || chance.happens(0.6) ? place : chance.pick(...others));
  }
  const moment = KILL_MOMENTS[round % KILL_MOMENTS.length] ?? 'any';
  return {
    round,
    moment,
    part: 0.02 + chance.next() * 0.96,
    afterMs: chance.whole(0, 60),
    armAt: steps.findIndex((step) => step.do === 'place' && step.key === `r${round}-${armAt}`),
    steps,
    meanwhile: Array.from({ length: chance.whole(0, 3) }, () => ({ which: chance.whole(0, 11), price: chance.pick(40, 49, 95, 130, 210) })),
    downMs: chance.whole(0, 30),
    healed: chance.happens(0.6),
  };
}
