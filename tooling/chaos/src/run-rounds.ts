import { systemClock } from '@ibkit/clock';
import type { Finding } from './judge/judge.js';
import { planKill } from './kill/kill-plan.js';
import type { KillStage } from './kill/kill-plan.js';
import { playKill } from './kill/play-kill.js';
import { Round } from './round/play-round.js';
import type { RoundResult } from './round/play-round.js';
import { planRound } from './round/round-plan.js';
import type { RoundPlan } from './round/round-plan.js';
import { CLIENT_ID, Stage } from './stage/stage.js';
import { IbkitTrader } from './traders/ibkit-trader.js';
import type { Trader } from './traders/trader.js';

/** A round in which something was wrong. */
export interface FailedRound {
  readonly round: number;
  readonly findings: readonly Finding[];
  readonly script: readonly string[];
}

/** What many rounds came to. */
export interface RunReport {
  readonly rounds: number;
  readonly orders: number;
  readonly fills: number;
  readonly sessions: number;
  readonly troubles: ReadonlyMap<string, number>;
  readonly kills: ReadonlyMap<KillStage, number>;
  readonly failed: readonly FailedRound[];
  readonly tookMs: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly firstRound: number;
  readonly rounds: number;
  /** Rounds that are played side by side. */
  readonly parallel: number;
  /** Every so many rounds a process is killed, the last of each so many; 0: never. */
  readonly killEvery: number;
  readonly onRound?: ((round: number, result: RoundResult, tookMs: number) => void) | undefined;
}

/** Plays one round with our own client. */
export async function playRound(plan: RoundPlan): Promise<RoundResult> {
  await using stage = await Stage.open(plan);
  return await playOn(stage, plan, await ibkitOn(stage, plan));
}

/** Plays the steps with a client on its stage, and closes the client. */
export async function playOn(stage: Stage, plan: RoundPlan, trader: Trader, patienceMs?: number): Promise<RoundResult> {
  try {
    return await new Round({ stage, plan, trader, patienceMs }).play();
  } finally {
    await trader.close();
  }
}

/** Our own client, with an open gate. */
export function ibkitOn(stage: Stage, { seed, round, journal, onUnknown }: RoundPlan): Promise<Trader> {
  return IbkitTrader.open({
    clock: stage.clock,
    port: stage.proxy.port,
    clientId: CLIENT_ID,
    directory: stage.directory,
    journal,
    onUnknown,
    seed: seed + round,
    note: (line) => {
      stage.note(line);
    },
  });
}

/** An error in full, for the report of a round. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What the end of `await using` makes of two errors; not every supported Node has a class for it.
  return 'suppressed' in error && 'error' in error ? `${told(error.suppressed)}; then ${told(error.error)}` : (error.stack ?? error.message);
}

/** Plays rounds, some side by side. */
export async function runRounds({ seed, firstRound, rounds, parallel, killEvery, onRound }: RunOptions): Promise<RunReport> {
  const clock = systemClock();
  const startMs = clock.monotonic();
  const troubles = new Map<string, number>();
  const kills = new Map<KillStage, number>();
  const failed: FailedRound[] = [];
  const sums = { orders: 0, fills: 0, sessions: 0 };
  const start = (round: number): Promise<RoundResult> => {
    if (killEvery > 0 && round % killEvery === killEvery - 1) {
      const plan = planKill(seed, round, Math.floor(round / killEvery));
      kills.set(plan.stage, (kills.get(plan.stage) ?? 0) + 1);
      return playKill(plan);
    }
    const plan = planRound(seed, round);
    for (const step of plan.steps) if (step.do === 'trouble') troubles.set(step.trouble.name, (troubles.get(step.trouble.name) ?? 0) + 1);
    return playRound(plan);
  };
  let next = firstRound;
  const play = async (): Promise<void> => {
    while (next < firstRound + rounds) {
      const round = next;
      next += 1;
      const roundMs = clock.monotonic();
      const result = await start(round).catch((error: unknown): RoundResult => ({
        findings: [{ kind: 'unresolved', key: '', text: told(error) }],
        intents: 0,
        orders: 0,
        fills: 0,
        sessions: 0,
        script: [],
      }));
      sums.orders += result.orders;
      sums.fills += result.fills;
      sums.sessions += result.sessions;
      if (result.findings.length > 0) failed.push({ round, findings: result.findings, script: result.script });
      onRound?.(round, result, clock.monotonic() - roundMs);
    }
  };
  await Promise.all(Array.from({ length: parallel }, play));
  return { rounds, ...sums, troubles, kills, failed, tookMs: clock.monotonic() - startMs };
}
