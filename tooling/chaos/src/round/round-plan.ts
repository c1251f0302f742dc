import type { OrderPlan } from '../judge/intent.js';
import type { SpecialStep } from '../traders/trader.js';
import { Chance } from './chance.js';
import { TROUBLE_KINDS, TroubleDeck } from './trouble.js';
import type { Trouble } from './trouble.js';

/** One thing that happens in a round. `wait`: the next step waits until the call has come back. */
export type Step =
  | { readonly do: 'place'; readonly key: string; readonly order: OrderPlan; readonly times: 1 | 2; readonly wait: boolean }
  /** The same call again, as by a caller who has heard nothing. */
  | { readonly do: 'repeat'; readonly key: string; readonly wait: boolean }
  /** Another order under a key that is taken. */
  | { readonly do: 'conflict'; readonly key: string }
  | { readonly do: 'cancel'; readonly key: string; readonly wait: boolean }
  | { readonly do: 'change'; readonly key: string; readonly limitPrice: number; readonly wait: boolean }
  | { readonly do: 'cancelAll' }
  | { readonly do: 'special'; readonly step: SpecialStep }
  | { readonly do: 'price'; readonly symbol: string; readonly price: number }
  | { readonly do: 'manual'; readonly symbol: string; readonly action: 'BUY' | 'SELL'; readonly quantity: number }
  /** The newest fill is corrected by so much. */
  | { readonly do: 'correct'; readonly by: number }
  | { readonly do: 'reconcile' }
  /** Waits until the gate is open, or for so long. */
  | { readonly do: 'ready'; readonly ms: number }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'trouble'; readonly trouble: Trouble };

/** What happens in a round. Plain data. */
export interface RoundPlan {
  readonly seed: number;
  readonly round: number;
  readonly journal: 'memory' | 'sqlite';
  readonly onUnknown: 'block' | 'warn';
  readonly orders: { readonly partialFills: boolean; readonly duplicateStatuses: number; readonly statusBeforeExecution: boolean };
  readonly steps: readonly Step[];
}

/** Of each symbol, before anybody moves it. */
export const START_PRICE = 100;
export const SYMBOLS = ['AAPL', 'MSFT', 'NVDA'] as const;

const TROUBLES_PER_ROUND = 4;

/** A random order. */
export function orderPlan(chance: Chance): OrderPlan {
  const symbol = chance.happens(0.04) ? 'NOSUCH' : chance.pick(...SYMBOLS);
  const action = chance.pick('BUY', 'BUY', 'SELL');
  const quantity = chance.happens(0.05) ? 1_000_000 : chance.pick(1, 7, 100, chance.whole(1, 2_000));
  if (chance.happens(0.35)) return { symbol, action, quantity, orderType: 'MKT' };
  const isMarketable = chance.happens(0.4);
  const through = action === 'BUY' ? 1.2 : 0.8;
  const away = action === 'BUY' ? 0.5 : 2;
  const limitPrice = Math.round(START_PRICE * (isMarketable ? through : away) * 100) / 100;
  const isEntry = chance.happens(0.25);
  const exits = action === 'BUY' ? { takeProfit: 250, stopLoss: 30 } : { takeProfit: 30, stopLoss: 250 };
  return { symbol, action, quantity, orderType: 'LMT', limitPrice, ...(isEntry ? { exits } : {}) };
}

function stepsOf(chance: Chance, deck: TroubleDeck): readonly Step[] {
  const steps: Step[] = [];
  const keys: string[] = [];
  const key = (): string => keys[chance.whole(0, keys.length - 1)] ?? 'none';
  const wait = (): boolean => chance.happens(0.4);
  const place = (): void => {
    const made = `k${keys.length + 1}`;
    keys.push(made);
    steps.push({ do: 'place', key: made, order: orderPlan(chance), times: chance.happens(0.1) ? 2 : 1, wait: wait() });
  };
  const breathe = (): void => {
    if (chance.happens(0.5)) steps.push({ do: 'pause', ms: chance.whole(1, 25) });
  };
  const others: readonly (readonly [number, () => void])[] = [
    [16, () => steps.push({ do: 'cancel', key: key(), wait: wait() })],
    [9, () => steps.push({ do: 'repeat', key: key(), wait: wait() })],
    [2, () => steps.push({ do: 'conflict', key: key() })],
    [12, () => steps.push({ do: 'change', key: key(), limitPrice: chance.pick(51, 52.5, 121, 79, 190), wait: wait() })],
    [3, () => steps.push({ do: 'cancelAll' })],
    [12, () => steps.push({ do: 'price', symbol: chance.pick(...SYMBOLS), price: chance.pick(25, 40, 49, 95, 100, 130, 210, 260) })],
    [3, () => steps.push({ do: 'manual', symbol: chance.pick(...SYMBOLS), action: chance.pick('BUY', 'SELL'), quantity: chance.whole(1, 90) })],
    [6, () => steps.push({ do: 'correct', by: chance.pick(-0.05, 0.01, 0.25) })],
    [4, () => steps.push({ do: 'reconcile' })],
    [14, () => steps.push({ do: 'pause', ms: chance.whole(1, 40) })],
    [
      3,
      () => {
        steps.push({ do: 'special', step: { what: 'kill' } }, { do: 'pause', ms: chance.whole(0, 10) });
        place();
        steps.push({ do: 'special', step: { what: 'release' } });
      },
    ],
    [2, () => steps.push({ do: 'special', step: { what: 'rival' } })],
    [4, () => steps.push({ do: 'special', step: { what: 'slow journal', ms: chance.pick(1_000, 4_500, 9_000, 40_000) } })],
  ];
  const total = others.reduce((sum, [weight]) => sum + weight, 0);
  const other = (): void => {
    let left = chance.next() * total;
    for (const [weight, make] of others) {
      left -= weight;
      if (left > 0) continue;
      make();
      return;
    }
  };
  place();
  for (let trouble = 0; trouble < TROUBLES_PER_ROUND; trouble += 1) {
    // Trouble that nobody meets proves nothing; trouble upon trouble must be met, too.
    if (chance.happens(0.75)) steps.push({ do: 'ready', ms: 400 });
    for (let count = chance.whole(0, 3); count > 0; count -= 1) other();
    breathe();
    steps.push({ do: 'trouble', trouble: deck.next() });
    breathe();
    place();
    breathe();
    if (chance.happens(0.7)) place();
    if (chance.happens(0.4)) place();
    if (chance.happens(0.5)) other();
  }
  for (let count = chance.whole(0, 3); count > 0; count -= 1) other();
  return steps;
}

/** The plan of a round: the same for the same seed and round. */
export function planRound(seed: number, round: number): RoundPlan {
  const chance = Chance.of(seed, round);
  const deck = new TroubleDeck(chance, (round * TROUBLES_PER_ROUND) % TROUBLE_KINDS);
  return {
    seed,
    round,
    journal: chance.happens(0.5) ? 'memory' : 'sqlite',
    onUnknown: chance.happens(0.3) ? 'block' : 'warn',
    orders: { partialFills: chance.happens(0.7), duplicateStatuses: chance.whole(0, 2), statusBeforeExecution: chance.happens(0.3) },
    steps: stepsOf(chance, deck),
  };
}
