import { sleep, systemClock } from '@ibkit/clock';
import type { Position } from '@ibkit/gateway-trading';
import { exitsOf } from '../judge/intent.js';
import type { Intent } from '../judge/intent.js';
import { judge } from '../judge/judge.js';
import type { Finding } from '../judge/judge.js';
import { judgePositions } from '../judge/positions.js';
import type { Stage } from '../stage/stage.js';
import type { Outcome, Trader } from '../traders/trader.js';
import type { RoundPlan, Step } from './round-plan.js';

/** Real time within which everything must be settled. Far more than it takes: only what will never settle reaches it. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 5;
const POSITION_ATTEMPTS = 3;

/** What a round came to. */
export interface RoundResult {
  readonly findings: readonly Finding[];
  /** Order messages that arrived, fills and cuts, by the server's own count. */
  readonly intents: number;
  readonly orders: number;
  readonly fills: number;
  readonly sessions: number;
  readonly script: readonly string[];
}

/** What {@link Round} needs. */
export interface RoundOptions {
  readonly stage: Stage;
  readonly plan: Pick<RoundPlan, 'steps'>;
  readonly trader: Trader;
  /** Real time within which everything must be settled, milliseconds. @defaultValue 20000 */
  readonly patienceMs?: number | undefined;
  /** What was wanted before this client was there. */
  readonly intents?: readonly Intent[] | undefined;
}

/** Plays the steps of a plan with one client, waits until it has settled, and holds what it believes against the witness. */
export class Round {
  readonly #stage: Stage;
  readonly #plan: Pick<RoundPlan, 'steps'>;
  readonly #trader: Trader;
  readonly #patienceMs: number;
  readonly #intents = new Map<string, Intent>();
  #isSettled = false;
  readonly #calls: Promise<void>[] = [];

  constructor({ stage, plan, trader, patienceMs = PATIENCE_MS, intents = [] }: RoundOptions) {
    this.#stage = stage;
    this.#plan = plan;
    this.#trader = trader;
    this.#patienceMs = patienceMs;
    for (const intent of intents) this.#intents.set(intent.key, intent);
  }

  async play(): Promise<RoundResult> {
    for (const step of this.#plan.steps) await this.#step(step);
    await this.settle();
    return this.#result();
  }

  /** Ends the trouble and waits until nothing is open that time or asking could settle; then stops the market and asks once more. */
  async settle(): Promise<void> {
    const stage = this.#stage;
    const real = systemClock();
    await stage.heal();
    stage.note('healed');
    await Promise.all(this.#calls);
    if (this.#trader.toldDown) stage.simulator.control.notice(1102);
    await this.#trader.special({ what: 'release' });
    const endMs = real.monotonic() + this.#patienceMs;
    const untilSettled = async (): Promise<boolean> => {
      for (;;) {
        if (this.#trader.toldDown) stage.simulator.control.notice(1102);
        await this.#trader.mend();
        // What had been sent before arrives before the answers to this.
        const { ok } = await this.#trader.reconcile();
        if (ok && this.#trader.settled) return true;
        if (real.monotonic() > endMs) return false;
        await sleep(real, LOOK_EVERY_MS);
      }
    };
    await untilSettled();
    stage.simulator.control.moveClock({ action: 'pause' });
    this.#isSettled = await untilSettled();
    stage.note(this.#isSettled ? 'settled' : 'NOT SETTLED');
  }

  async #result(): Promise<RoundResult> {
    const stage = this.#stage;
    const truth = stage.witness.truth();
    const findings = [
      ...judge({ intents: [...this.#intents.values()], beliefs: this.#trader.beliefs(), truth }),
      ...judgePositions(truth, await this.#positions()),
      ...(await this.#trader.findings()),
      ...(this.#isSettled ? [] : [{ kind: 'unresolved', key: '', text: `not settled after ${this.#patienceMs} ms: ${this.#trader.unsettled}` } as const]),
    ];
    // The exits of a bracket are a part of what was asked for.
    const intents = [...this.#intents.keys()].filter((key) => !key.includes('/')).length;
    return { findings, intents, orders: truth.arrivals.length, fills: truth.executions.length, sessions: stage.witness.sessions, script: stage.script };
  }

  /** A busy machine may be too late for an answer; one that never comes is a finding. */
  async #positions(): Promise<readonly Position[] | undefined> {
    for (let attempt = 1; attempt < POSITION_ATTEMPTS; attempt += 1) {
      try {
        return await this.#trader.positions();
      } catch (error) {
        this.#stage.note(`positions: ${String(error)}`);
      }
    }
    return await this.#trader.positions();
  }

  async #step(step: Step): Promise<void> {
    const stage = this.#stage;
    const { control } = stage.simulator;
    switch (step.do) {
      case 'place': {
        for (const [key, order] of [[step.key, step.order] as const, ...exitsOf(step.key, step.order)]) this.#intents.set(key, { key, order, sessions: [], changes: 0, openCalls: 0 });
        for (let time = 1; time < step.times; time += 1) await this.#place(step.key, false);
        await this.#place(step.key, step.wait);
        return;
      }
      case 'repeat':
        await this.#place(step.key, step.wait);
        return;
      case 'conflict': {
        const intent = this.#intents.get(step.key);
        // Under a key of which nothing was sent it would be an order like any other.
        const isTaken = this.#trader.beliefs().some(({ key, status }) => key === step.key && status !== 'none');
        if (intent !== undefined && isTaken) await this.#call(`conflict ${step.key}`, this.#trader.place(step.key, { ...intent.order, quantity: intent.order.quantity + 1 }), false);
        return;
      }
      case 'cancel':
        await this.#call(`cancel ${step.key}`, this.#trader.cancel(step.key), step.wait);
        return;
      case 'change': {
        const intent = this.#intents.get(step.key);
        if (intent !== undefined) {
          intent.changes += 1;
          intent.sessions.push(this.#trader.connected ? stage.witness.sessions : 0);
        }
        await this.#call(`change ${step.key} to ${step.limitPrice}`, this.#trader.change(step.key, step.limitPrice), step.wait);
        return;
      }
      case 'cancelAll':
        await this.#call('cancel all', this.#trader.cancelAll(), false);
        return;
      case 'special':
        await this.#call(step.step.what, this.#trader.special(step.step), step.step.what !== 'slow journal');
        return;
      case 'price':
        stage.note(`price of ${step.symbol} ${step.price}`);
        control.setPrice(step.symbol, step.price);
        return;
      case 'manual':
        this.#manualOrder(step);
        return;
      case 'correct':
        this.#correct(step.by);
        return;
      case 'reconcile':
        await this.#call('reconcile', this.#trader.reconcile(), false);
        return;
      case 'ready':
        await this.#trader.ready(step.ms);
        return;
      case 'pause':
        await sleep(systemClock(), step.ms);
        return;
      case 'trouble':
        stage.note(`TROUBLE ${JSON.stringify(step.trouble)}`);
        await stage.begin(step.trouble);
        return;
    }
  }

  async #place(key: string, wait: boolean): Promise<void> {
    const intent = this.#intents.get(key);
    if (intent === undefined) return;
    const { connected, toldDown } = this.#trader;
    for (const wanted of [key, ...exitsOf(key, intent.order).map(([exit]) => exit)].flatMap((each) => this.#intents.get(each) ?? [])) {
      wanted.sessions.push(connected ? this.#stage.witness.sessions : 0);
      if (connected && !toldDown) wanted.openCalls += 1;
    }
    const { action, quantity, symbol, orderType, limitPrice, exits } = intent.order;
    await this.#call(`place ${key} ${action} ${quantity} ${symbol} ${orderType} ${limitPrice ?? ''}${exits === undefined ? '' : ' with exits'}`, this.#trader.place(key, intent.order), wait);
  }

  async #call(what: string, outcome: Promise<Outcome>, wait: boolean): Promise<void> {
    const stage = this.#stage;
    stage.note(what);
    const done = outcome.then(({ text }) => {
      stage.note(`   ${what.split(' ', 2).join(' ')}: ${text}`);
    });
    this.#calls.push(done);
    if (wait) await done;
  }

  #correct(by: number): void {
    const stage = this.#stage;
    const newest = stage.witness.truth().executions.at(-1);
    if (newest === undefined) return;
    try {
      stage.simulator.control.correctExecution(newest.execId, Math.round((newest.price + by) * 100) / 100);
      stage.note(`correct ${newest.execId} by ${by}`);
    } catch (error) {
      // Only what was filled since the server began can be corrected.
      stage.note(`no correction: ${String(error)}`);
    }
  }

  #manualOrder({ symbol, action, quantity }: Extract<Step, { do: 'manual' }>): void {
    const stage = this.#stage;
    try {
      const { permId } = stage.simulator.control.placeManualOrder({ symbol, action, quantity });
      stage.note(`manual order ${action} ${quantity} ${symbol}, permId ${permId}`);
    } catch (error) {
      stage.note(`manual order refused: ${String(error)}`);
    }
  }
}
