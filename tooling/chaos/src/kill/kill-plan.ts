import type { OrderPlan } from '../judge/intent.js';
import { Chance } from '../round/chance.js';
import { orderPlan } from '../round/round-plan.js';
import type { Step } from '../round/round-plan.js';

/** The moments at which a process is killed: before the journal has the order, when it has it, in the middle of its bytes, and when the server has it and its answer begins. */
export const KILL_STAGES = ['before journal', 'after journal', 'mid-write', 'before ack'] as const;
export type KillStage = (typeof KILL_STAGES)[number];

/** A round in which a process is killed, and another one goes on with its journal. Plain data. */
export interface KillPlan {
  readonly seed: number;
  readonly round: number;
  readonly orders: { readonly partialFills: boolean; readonly duplicateStatuses: number; readonly statusBeforeExecution: boolean };
  readonly stage: KillStage;
  /** What it is killed at: placing the last order, or cancelling one of those before. */
  readonly victim: 'place' | 'cancel';
  /** Which part of the victim's frame leaves, mid-write. */
  readonly part: number;
  /** Placed before, in this order; `wait`: the next one waits for its answer. */
  readonly before: readonly { readonly key: string; readonly order: OrderPlan; readonly wait: boolean }[];
  readonly last: { readonly key: string; readonly order: OrderPlan };
  /** What happens before the next process is there. */
  readonly meanwhile: readonly Step[];
  /** What the next process does: above all it asks for everything again, as a program that starts from its own list of orders. */
  readonly after: readonly Step[];
}

/** The plan of a round with a kill: the same for the same seed and round. @param count the how-manieth kill it is, so that every stage comes equally often */
export function planKill(seed: number, round: number, count: number): KillPlan {
  const chance = Chance.of(seed, round);
  const before = Array.from({ length: chance.whole(1, 4) }, (_, index) => ({ key: `k${index + 1}`, order: orderPlan(chance), wait: chance.happens(0.6) }));
  const last = { key: `k${before.length + 1}`, order: orderPlan(chance) };
  const meanwhile: Step[] = [];
  if (chance.happens(0.5)) meanwhile.push({ do: 'price', symbol: last.order.symbol === 'NOSUCH' ? 'AAPL' : last.order.symbol, price: chance.pick(40, 100, 210) }, { do: 'pause', ms: 5 });
  if (chance.happens(0.3)) meanwhile.push({ do: 'correct', by: 0.05 });
  if (chance.happens(0.3)) meanwhile.push({ do: 'trouble', trouble: { name: 'id-rollback', kind: 'faults', faults: [{ type: 'id-rollback', by: chance.whole(1, 6) }] } });
  if (chance.happens(0.2)) meanwhile.push({ do: 'trouble', trouble: { name: 'reboot', kind: 'reboot', downMs: 5 } });
  const keys = [...before, last].map(({ key }) => key);
  const again = keys.filter(() => chance.happens(0.8));
  return {
    seed,
    round,
    orders: { partialFills: chance.happens(0.7), duplicateStatuses: chance.whole(0, 2), statusBeforeExecution: chance.happens(0.3) },
    stage: KILL_STAGES[count % KILL_STAGES.length] ?? 'before journal',
    victim: chance.happens(0.75) ? 'place' : 'cancel',
    part: 0.02 + chance.next() * 0.96,
    before,
    last,
    meanwhile,
    after: [
      ...again.map((key): Step => ({ do: 'repeat', key, wait: chance.happens(0.5) })),
      { do: 'pause', ms: chance.whole(0, 20) },
      ...(chance.happens(0.4) ? [{ do: 'cancelAll' } as const] : []),
    ],
  };
}
