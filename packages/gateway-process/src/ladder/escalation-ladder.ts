import { abortReason, sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** One thing that may cure a sick connection; the mildest comes first. */
export interface LadderStep {
  readonly name: string;
  /** Tries it. What it rejects with means that it could not be tried. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
  /** How long to wait for its effect, milliseconds. */
  readonly settleMs: number;
  /** How often in any hour. */
  readonly perHour: number;
  /** A text says why not at the moment, such as an order with an unknown outcome. @defaultValue always true */
  readonly may?: (() => true | string | Promise<true | string>) | undefined;
}

/** What became of a step. */
export interface LadderOutcome {
  readonly name: string;
  readonly outcome: 'cured' | 'noEffect' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly why?: string | undefined;
  /** When it was over, epoch milliseconds. */
  readonly atMs: number;
}

/** What became of a climb. */
export interface LadderReport {
  readonly reason: string;
  readonly cured: boolean;
  readonly steps: readonly LadderOutcome[];
}

/** Options of {@link EscalationLadder}. */
export interface LadderOptions {
  readonly steps: readonly LadderStep[];
  /** Whether all is well again. */
  readonly isCured: () => boolean | Promise<boolean>;
  readonly clock: Clock;
  /** How often that is asked while a step settles, milliseconds. @defaultValue 1000 */
  readonly lookMs?: number | undefined;
  readonly onStep?: ((outcome: LadderOutcome, reason: string) => void) | undefined;
}

const HOUR_MS = 3_600_000;

/** Tries one cure after the other, the mildest first, each within its budget, until one helps. One climb at a time: who asks meanwhile gets its report. */
export class EscalationLadder {
  readonly #options: LadderOptions;
  readonly #takenAtMs = new Map<string, readonly number[]>();
  #climbing: Promise<LadderReport> | undefined;

  /** @throws {@link UsageError} for steps without name, twice, or with a time or budget that is none */
  constructor(options: LadderOptions) {
    options.steps.forEach(({ name, settleMs, perHour }, index) => {
      if (name === '' || options.steps.findIndex((other) => other.name === name) !== index) throw new UsageError({ field: `steps[${index}].name`, value: name, rule: 'must be there, and once' });
      if (!Number.isFinite(settleMs) || settleMs < 0) throw new UsageError({ field: `steps[${index}].settleMs`, value: settleMs, rule: 'must be a number of milliseconds of at least 0' });
      if (!Number.isInteger(perHour) || perHour < 0) throw new UsageError({ field: `steps[${index}].perHour`, value: perHour, rule: 'must be a whole number of at least 0' });
    });
    this.#options = options;
  }

  /** Whether a climb goes on. */
  get climbing(): boolean {
    return this.#climbing !== undefined;
  }

  /** Climbs until all is well or the steps are used up. @throws the signal's reason */
  climb(reason: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<LadderReport> {
    this.#climbing ??= this.#climb(reason, signal ?? new AbortController().signal).finally(() => {
      this.#climbing = undefined;
    });
    return this.#climbing;
  }

  async #climb(reason: string, signal: AbortSignal): Promise<LadderReport> {
    const { steps, isCured, clock, onStep } = this.#options;
    const outcomes: LadderOutcome[] = [];
    for (const step of steps) {
      if (await isCured()) return { reason, cured: true, steps: outcomes };
      const outcome = { ...(await this.#try(step, signal)), name: step.name, atMs: clock.now() };
      outcomes.push(outcome);
      onStep?.(outcome, reason);
      if (outcome.outcome === 'cured') return { reason, cured: true, steps: outcomes };
    }
    return { reason, cured: await isCured(), steps: outcomes };
  }

  async #try({ name, run, settleMs, perHour, may = () => true }: LadderStep, signal: AbortSignal): Promise<Pick<LadderOutcome, 'outcome' | 'why'>> {
    const { clock } = this.#options;
    const allowed = await may();
    if (allowed !== true) return { outcome: 'skipped', why: allowed };
    const nowMs = clock.monotonic();
    const taken = (this.#takenAtMs.get(name) ?? []).filter((atMs) => nowMs - atMs < HOUR_MS);
    if (taken.length >= perHour) return { outcome: 'skipped', why: `it was tried ${taken.length} times in the last hour` };
    this.#takenAtMs.set(name, [...taken, nowMs]);
    throwIfAborted(signal);
    try {
      await run(signal);
    } catch (error) {
      throwIfAborted(signal);
      return { outcome: 'failed', why: error instanceof Error ? error.message : 'unknown failure' };
    }
    return { outcome: (await this.#settles(settleMs, signal)) ? 'cured' : 'noEffect' };
  }

  async #settles(settleMs: number, signal: AbortSignal): Promise<boolean> {
    const { isCured, clock, lookMs = 1_000 } = this.#options;
    const endMs = clock.monotonic() + settleMs;
    for (;;) {
      if (await isCured()) return true;
      const leftMs = endMs - clock.monotonic();
      if (leftMs <= 0) return false;
      await sleep(clock, Math.min(lookMs, leftMs), { signal });
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}
