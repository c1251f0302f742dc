import { seededRandom, systemClock } from '@ibkit/clock';
import { FaultPlan } from './fault-plan.js';
import type { PlannedFault } from './fault-plan.js';
import { FaultWorld } from './fault-world.js';

export interface FaultRunOptions {
  readonly rounds: number;
  /** The same seed gives the same faults in the same order. */
  readonly seed: number;
  /** After each round. */
  readonly onRound?: ((round: number, planned: PlannedFault, tookMs: number) => void) | undefined;
}

/** What a run saw. */
export interface FaultReport {
  readonly rounds: number;
  /** How often each kind of fault came. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly reconnects: number;
}

/**
 * Random faults, one after the other, against a connection with a hundred streams; after each of them everything must be as before.
 * @throws Error that names seed, round and fault when it is not.
 */
export async function runFaults({ rounds, seed, onRound }: FaultRunOptions): Promise<FaultReport> {
  const clock = systemClock();
  const kinds = new Map<string, number>();
  await using world = await FaultWorld.start(seededRandom(seed + 1));
  const plan = new FaultPlan(seededRandom(seed), world.port);
  for (let round = 1; round <= rounds; round += 1) {
    const planned = plan.next();
    kinds.set(planned.name, (kinds.get(planned.name) ?? 0) + 1);
    const startedAt = clock.monotonic();
    try {
      await world.round(planned);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}, ${JSON.stringify(planned)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    onRound?.(round, planned, clock.monotonic() - startedAt);
  }
  return { rounds, kinds, reconnects: world.reconnects };
}
