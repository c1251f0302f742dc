import { sleep, systemClock } from '@ibkit/clock';
import type { ApiOrder } from '@ibkit/api-contract';
import { judgePositions } from '../../judge/positions.js';
import type { Truth } from '../../stage/witness.js';
import { ApiCaller, said } from '../clients/api-caller.js';
import type { Wish } from '../clients/api-caller.js';
import { beliefsOf, judgeAll, judgeMoment, judgeStream, judgeWritten } from '../judge/judge-daemon.js';
import type { DaemonFinding } from '../judge/judge-daemon.js';
import { readWritten } from '../judge/written.js';
import type { Written } from '../judge/written.js';
import { planDaemonRound } from './daemon-plan.js';
import type { DaemonRoundPlan, DaemonStep } from './daemon-plan.js';
import { DaemonWorld } from './daemon-world.js';
import type { DaemonWorldOptions } from './daemon-world.js';
import type { KillMoment } from './kill-moment.js';

/** After the last step of a round, a moment that has not come does not come, real milliseconds. */
const MOMENT_MS = 700;
/** Only what never settles takes so long, real milliseconds. */
const SETTLE_MS = 120_000;
const LOOK_EVERY_MS = 25;
/** A caller whose order is refused for now comes again, so many times. */
const REPEATS = 3;

/** How the run goes. */
export interface DaemonRunOptions extends DaemonWorldOptions {
  readonly rounds: number;
  readonly onRound?: ((round: number, findings: readonly DaemonFinding[]) => void) | undefined;
}

/** What a run came to. */
export interface DaemonRunReport {
  readonly kills: ReadonlyMap<KillMoment, number>;
  readonly troubles: ReadonlyMap<string, number>;
  readonly wishes: number;
  readonly answered: number;
  /** Calls that were cut off, each repeated under its key. */
  readonly unanswered: number;
  /** Of their keys, those of which the journal had the order. */
  readonly orders: number;
  readonly fills: number;
  readonly sessions: number;
  /** How often an order was noted as unknown, and how many were when a new daemon was asked first. */
  readonly unknown: number;
  readonly unknownSeen: number;
  readonly absent: number;
  readonly records: number;
  /** Changes that clients of the stream were told, and how often they went on where they were. */
  readonly told: number;
  readonly resumed: number;
  readonly listenMs: readonly number[];
  readonly readyMs: readonly number[];
  readonly settleMs: number;
  readonly tookMs: number;
  readonly findings: readonly DaemonFinding[];
  readonly script: readonly string[];
}

/** Kills a daemon again and again under a flow of orders, and judges after each kill and at the end. */
export class DaemonRun {
  readonly #options: DaemonRunOptions;
  readonly #world: DaemonWorld;
  readonly #clock = systemClock();
  readonly #wishes: Wish[] = [];
  readonly #findings = new Map<string, DaemonFinding>();
  readonly #kills = new Map<KillMoment, number>();
  readonly #troubles = new Map<string, number>();
  #unknownSeen = 0;

  private constructor(options: DaemonRunOptions, world: DaemonWorld) {
    this.#options = options;
    this.#world = world;
  }

  /** Plays all rounds. */
  static async play(options: DaemonRunOptions): Promise<DaemonRunReport> {
    await using world = await DaemonWorld.open(options);
    return await new DaemonRun(options, world).#play();
  }

  async #play(): Promise<DaemonRunReport> {
    const { rounds, seed, onRound } = this.#options;
    const { stage, listenMs, readyMs, followers } = this.#world;
    const startMs = this.#clock.monotonic();
    for (let round = 0; round < rounds; round += 1) {
      const before = this.#findings.size;
      await this.#round(planDaemonRound(seed, round));
      onRound?.(round, [...this.#findings.values()].slice(before));
    }
    const settledMs = this.#clock.monotonic();
    const orders = await this.#settle();
    const settleMs = this.#clock.monotonic() - settledMs;
    const written = await this.#end(orders);
    const truth = stage.witness.truth();
    return {
      kills: this.#kills,
      troubles: this.#troubles,
      wishes: this.#wishes.length,
      answered: this.#wishes.filter(({ answers }) => answers > 0).length,
      unanswered: this.#wishes.reduce((sum, { unanswered }) => sum + unanswered, 0),
      orders: truth.arrivals.length,
      fills: truth.executions.length,
      sessions: stage.witness.sessions,
      unknown: written.unknown,
      unknownSeen: this.#unknownSeen,
      absent: orders.filter(({ status }) => status === 'absent').length,
      records: written.records,
      told: followers.reduce((sum, { topics }) => sum + topics.orders.told.length + topics.executions.told.length + topics.audit.told.length, 0),
      resumed: followers.reduce((sum, { topics }) => sum + topics.orders.resumed + topics.executions.resumed + topics.audit.resumed, 0),
      listenMs,
      readyMs,
      settleMs,
      tookMs: this.#clock.monotonic() - startMs,
      findings: [...this.#findings.values()],
      script: stage.script,
    };
  }

  #find(findings: readonly DaemonFinding[]): void {
    for (const finding of findings) {
      const text = `${finding.kind} ${finding.key} ${finding.text}`;
      if (this.#findings.has(text)) continue;
      this.#findings.set(text, finding);
      this.#world.stage.note(`WRONG ${text}`);
    }
  }

  async #round(plan: DaemonRoundPlan): Promise<void> {
    const { stage } = this.#world;
    stage.note(`ROUND ${plan.round}: to be killed at ${plan.moment}`);
    await this.#flow(plan);
    const dead = stage.witness.truth();
    this.#find(judgeWritten(this.#wishes, await readWritten(this.#world.journalDirectory), dead));
    for (const { which, price } of plan.meanwhile) this.#price(which, price);
    await sleep(this.#clock, plan.downMs);
    if (plan.healed) await stage.heal();
    const before = stage.witness.truth();
    await this.#world.start();
    await this.#world.untilReady();
    stage.note('the next daemon is ready');
    await this.#look(before);
    await this.#repeatOpen();
  }

  /** What the daemon believes now. */
  async #look(before: Truth): Promise<void> {
    const { stage, tokens, followers, faults } = this.#world;
    const orders = await this.#asked(() => this.#world.orders());
    if (orders === undefined) return;
    this.#unknownSeen += orders.filter(({ status }) => status === 'unknown').length;
    // Later than the answers: what they rest on is in it.
    const after = stage.witness.truth();
    const written = await readWritten(this.#world.journalDirectory);
    this.#find(judgeMoment(this.#wishes, beliefsOf(orders, written), { before, after }));
    this.#find(judgeStream(followers, await readWritten(this.#world.journalDirectory), false));
    this.#find(await tokens.check());
    this.#find(faults.map(({ key, text }) => ({ kind: 'answer broken', key, text })));
  }

  /** Every key that nobody knows about is repeated until there is a word. */
  async #repeatOpen(): Promise<void> {
    for (let attempt = 0; attempt < REPEATS; attempt += 1) {
      const open = this.#wishes.filter((wish) => wish.open);
      if (open.length === 0) return;
      await Promise.all(open.map((wish, index) => this.#caller(index).place(wish, 1_000)));
    }
  }

  /** Lets people trade until the daemon is dead. */
  async #flow({ steps, armAt, moment, part, afterMs }: DaemonRoundPlan): Promise<void> {
    const { stage, child } = this.#world;
    const calls: Promise<void>[] = [];
    const shot = new AbortController();
    let disarm = (): void => undefined;
    const shoot = (at: KillMoment): void => {
      if (shot.signal.aborted) return;
      child.shoot();
      shot.abort();
      stage.note(`   SHOT at ${at}`);
      this.#kills.set(at, (this.#kills.get(at) ?? 0) + 1);
    };
    const pause = (ms: number): Promise<void> => sleep(this.#clock, ms, { signal: shot.signal }).catch(() => undefined);
    for (const [index, step] of steps.entries()) {
      if (step.gapMs > 0) await pause(step.gapMs);
      if (shot.signal.aborted) break;
      if (index === armAt) {
        disarm = this.#world.arm(moment, {
          part,
          afterMs,
          shoot: () => {
            shoot(moment);
          },
        });
      }
      await this.#step(step, calls);
    }
    if (!shot.signal.aborted) await pause(MOMENT_MS);
    shoot('any');
    await child.ended();
    disarm();
    await Promise.all(calls);
  }

  async #step(step: DaemonStep, calls: Promise<void>[]): Promise<void> {
    const caller = this.#caller(step.caller);
    switch (step.do) {
      case 'place': {
        const wish = ApiCaller.wish(step.key, step.order);
        this.#wishes.push(wish);
        for (let time = 0; time < step.times; time += 1) calls.push(this.#caller(step.caller + time).place(wish, step.waitMs));
        return;
      }
      case 'price':
        this.#price(step.which, step.price);
        return;
      case 'trouble':
        this.#world.stage.note(`TROUBLE ${JSON.stringify(step.trouble)}`);
        this.#troubles.set(step.trouble.name, (this.#troubles.get(step.trouble.name) ?? 0) + 1);
        await this.#world.stage.begin(step.trouble);
        return;
      default: {
        const wish = this.#wishes.at(-1 - step.which);
        if (wish === undefined) return;
        if (step.do === 'cancel') calls.push(caller.cancel(wish));
        if (step.do === 'change') calls.push(caller.change(wish, step.limitPrice));
        if (step.do === 'repeat') calls.push(caller.place(wish, 0));
        // Under a key of which nothing was kept it would be an order like any other.
        if (step.do === 'conflict' && wish.answers > 0) calls.push(caller.conflict(wish));
      }
    }
  }

  #caller(index: number): ApiCaller {
    const caller = this.#world.callers[index % this.#world.callers.length];
    if (caller === undefined) throw new Error('there are no callers');
    return caller;
  }

  #price(which: number, price: number): void {
    const symbol = this.#wishes.at(-1 - which)?.order.symbol;
    if (symbol === undefined || symbol === 'NOSUCH') return;
    this.#world.stage.note(`price of ${symbol} ${price}`);
    this.#world.stage.simulator.control.setPrice(symbol, price);
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.#find([{ kind: 'process', key: '', text: `a question was not answered: ${said(error)}` }]);
      return undefined;
    }
  }

  /** Ends all trouble and waits until nothing is open that time or asking could settle; then stops the market and asks once more. */
  async #settle(): Promise<readonly ApiOrder[]> {
    const { stage } = this.#world;
    await stage.heal();
    stage.note('healed');
    const endMs = this.#clock.monotonic() + SETTLE_MS;
    const untilSettled = async (): Promise<readonly ApiOrder[] | undefined> => {
      for (;;) {
        await this.#world.untilReady();
        await this.#repeatOpen();
        const reconciled = await this.#world.tokens.admin.reconcile({}).then(() => true, () => false);
        const orders = await this.#world.orders();
        const open = orders.filter(isOpen);
        if (reconciled && open.length === 0 && !this.#wishes.some((wish) => wish.open)) return orders;
        if (this.#clock.monotonic() > endMs) {
          this.#find([{ kind: 'unresolved', key: '', text: `not settled after ${SETTLE_MS} ms: ${open.map(({ key, status }) => `${key} ${status}`).join(', ')}` }]);
          return undefined;
        }
        await sleep(this.#clock, LOOK_EVERY_MS);
      }
    }; // prettier-ignore
    await untilSettled();
    stage.simulator.control.moveClock({ action: 'pause' });
    const orders = (await untilSettled()) ?? (await this.#world.orders());
    stage.note('settled');
    return orders;
  }

  /** Judges all of it, ends the daemon in good manners, and starts it once more for those who follow. */
  async #end(orders: readonly ApiOrder[]): Promise<Written> {
    const { stage, tokens, child, followers } = this.#world;
    const truth = stage.witness.truth();
    const written = await readWritten(this.#world.journalDirectory);
    const read = await this.#asked(async () => (await tokens.admin.positions({})).positions.map(({ account, symbol, position }) => ({ account, contract: { symbol }, position })));
    this.#find([...judgeAll(this.#wishes, beliefsOf(orders, written), truth), ...judgeWritten(this.#wishes, written, truth), ...judgePositions(truth, read)]);
    const fills = await this.#asked(async () => (await tokens.admin.fills({ limit: 1000 })).fills.length);
    const wanted = orders.reduce((sum, order) => sum + order.fills.length, 0);
    if (fills !== Math.min(wanted, 1000)) this.#find([{ kind: 'list', key: 'fills', text: `${fills ?? 0} fills are listed, the orders have ${wanted}` }]);
    stage.note('judged; asked to stop');
    const code = await child.stop();
    stage.note(`stopped with ${String(code)}`);
    if (code !== 0) this.#find([{ kind: 'process', key: '', text: `asked to stop, it ended with ${String(code)}` }]);
    await this.#world.start();
    await this.#world.untilReady();
    const endMs = this.#clock.monotonic() + SETTLE_MS;
    let last = await readWritten(this.#world.journalDirectory);
    while (judgeStream(followers, last, true).length > 0 && this.#clock.monotonic() < endMs) {
      await sleep(this.#clock, LOOK_EVERY_MS);
      last = await readWritten(this.#world.journalDirectory);
      // What they were told wrongly does not become right.
      if (judgeStream(followers, last, false).length > 0) break;
    }
    this.#find([...judgeStream(followers, last, true), ...(await tokens.check())]);
    return last;
  }
}

/** Whether time or asking can still settle it. */
function isOpen({ status, orderType, notWorking, filledQuantity, fills, ended, brokerStatus, quantity }: ApiOrder): boolean {
  return (
    ['staged', 'sending', 'acked'].includes(status) ||
    (status === 'unknown' && notWorking !== true) ||
    (status === 'working' && orderType === 'MKT') ||
    (ended && brokerStatus === 'Filled' && filledQuantity < quantity) ||
    fills.some(({ commission }) => commission.status === 'pending')
  );
}
