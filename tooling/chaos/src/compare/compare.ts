import type { FaultKind, Finding } from '../judge/judge.js';
import type { RoundResult } from '../round/play-round.js';
import { planRound } from '../round/round-plan.js';
import type { RoundPlan } from '../round/round-plan.js';
import { ibkitOn, playOn } from '../run-rounds.js';
import { ACCOUNT, CLIENT_ID, Stage } from '../stage/stage.js';
import { PlainTrader } from '../traders/plain-trader.js';
import type { Trader } from '../traders/trader.js';

/** Who plays. */
export const CLIENTS = ['ibkit', 'IBApi'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What one client came to over all rounds. */
export interface Tally {
  intents: number;
  orders: number;
  fills: number;
  /** Rounds that could not be played to their end. */
  broken: number;
  /** Orders (or rounds, where it is not about one) by what was wrong with them. */
  readonly wrong: Map<FaultKind, number>;
  /** Rounds in which nothing was wrong. */
  clean: number;
  /** An example of each kind. */
  readonly examples: Map<FaultKind, string>;
}

export type Comparison = Readonly<Record<ClientName, Tally>>;

export interface CompareOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Rounds that are played side by side. */
  readonly parallel: number;
  /** Gets how many rounds are done. */
  readonly onRound?: ((done: number) => void) | undefined;
}

/** Real time that is given to a client which has no end of its own. */
const PLAIN_PATIENCE_MS = 2_500;

function emptyTally(): Tally {
  return { intents: 0, orders: 0, fills: 0, broken: 0, clean: 0, wrong: new Map(), examples: new Map() };
}

const OPENERS: Readonly<Record<ClientName, (stage: Stage, plan: RoundPlan) => Promise<Trader>>> = {
  ibkit: ibkitOn,
  IBApi: (stage) => PlainTrader.open({ port: stage.proxy.port, clientId: CLIENT_ID, account: ACCOUNT }),
};

async function play(name: ClientName, plan: RoundPlan): Promise<RoundResult> {
  await using stage = await Stage.open(plan);
  return await playOn(stage, plan, await OPENERS[name](stage, plan), name === 'IBApi' ? PLAIN_PATIENCE_MS : undefined);
}

function count(tally: Tally, round: number, { findings, intents, orders, fills }: RoundResult): void {
  tally.intents += intents;
  tally.orders += orders;
  tally.fills += fills;
  if (findings.length === 0) tally.clean += 1;
  const seen = new Set<string>();
  for (const { kind, key, text } of findings.filter(isAboutOrders)) {
    // An order may be wrong in several places, and is wrong once.
    if (seen.has(`${kind}/${key}`)) continue;
    seen.add(`${kind}/${key}`);
    tally.wrong.set(kind, (tally.wrong.get(kind) ?? 0) + 1);
    if (!tally.examples.has(kind)) tally.examples.set(kind, `round ${round}, ${key}: ${text}`);
  }
}

function isAboutOrders({ key }: Finding): boolean {
  return key !== '';
}

/** Plays the same rounds with both clients, one behind the other, each before its own simulator with the same troubles. */
export async function compare({ seed, rounds, parallel, onRound }: CompareOptions): Promise<Comparison> {
  const comparison: Comparison = { ibkit: emptyTally(), IBApi: emptyTally() };
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < rounds) {
      const plan = planRound(seed, next);
      next += 1;
      for (const name of CLIENTS) {
        try {
          count(comparison[name], plan.round, await play(name, plan));
        } catch {
          comparison[name].broken += 1;
        }
      }
      done += 1;
      onRound?.(done);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return comparison;
}
