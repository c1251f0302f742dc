import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createScaledClock, sleep, systemClock } from '@ibkit/clock';
import type { Clock, ScaledClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { START_PRICE, SYMBOLS } from '../round/round-plan.js';
import type { RoundPlan } from '../round/round-plan.js';
import type { Trouble } from '../round/trouble.js';
import { CLIENT_SPEED, MARKET_SPEED } from './speeds.js';
import { CuttingProxy } from './cutting-proxy.js';
import { Witness } from './witness.js';

export const CLIENT_ID = 1;
export const ACCOUNT = 'DU1234567';

/** Where a round is played: a server behind a proxy that can cut, a witness, and a directory that lasts as long as the round. */
export class Stage implements AsyncDisposable {
  readonly clock: ScaledClock = createScaledClock(systemClock(), { speed: CLIENT_SPEED });
  readonly witness = new Witness(CLIENT_ID);
  readonly directory: string;
  /** What happened, in order, for who wants to understand a failure. */
  readonly script: string[] = [];
  readonly #real: Clock = systemClock();
  readonly #startMs = systemClock().monotonic();
  readonly #options: SimulatorOptions;
  #simulator: Simulator | undefined;
  #proxy: CuttingProxy | undefined;
  #rebooting: Promise<void> | undefined;
  /** What goes on beside the steps and has to be over before the round is. */
  readonly #beside = new Set<Promise<void>>();

  private constructor(directory: string, { orders, round }: Pick<RoundPlan, 'orders' | 'round'>, more: Pick<SimulatorOptions, 'instruments'>) {
    this.directory = directory;
    this.#options = { accounts: [ACCOUNT], seed: 1 + round, speed: MARKET_SPEED, orders, stateFile: path.join(directory, 'broker.json'), ...more };
  }

  /** @param more what the server lists besides the usual */
  static async open(plan: Pick<RoundPlan, 'orders' | 'round'>, more: Pick<SimulatorOptions, 'instruments'> = {}): Promise<Stage> {
    const stage = new Stage(await mkdtemp(path.join(tmpdir(), 'ibkit-chaos-')), plan, more);
    await stage.#boot();
    for (const symbol of SYMBOLS) stage.simulator.control.setPrice(symbol, START_PRICE);
    stage.#proxy = await CuttingProxy.start(() => stage.simulator.port);
    return stage;
  }

  get simulator(): Simulator {
    if (this.#simulator === undefined) throw new Error('the stage is not open');
    return this.#simulator;
  }

  get proxy(): CuttingProxy {
    if (this.#proxy === undefined) throw new Error('the stage is not open');
    return this.#proxy;
  }

  /** Writes a line into the script. */
  note(line: string): void {
    this.script.push(`${(this.#real.monotonic() - this.#startMs).toFixed(0).padStart(6)} ms  ${line}`);
  }

  /** Lets something go wrong. What lasts goes on beside the steps that follow. */
  async begin(trouble: Trouble): Promise<void> {
    switch (trouble.kind) {
      case 'cut': {
        const { message, point, how, part } = trouble;
        this.proxy.arm({
          message,
          point,
          how,
          part,
          onCut: () => {
            this.note(`   cut ${point} a ${message} (${how})`);
          },
        });
        return;
      }
      case 'faults':
        for (const fault of trouble.faults) this.simulator.control.inject(fault);
        if (trouble.cut !== undefined) this.simulator.control.dropClients(trouble.cut);
        return;
      case 'stall':
        this.#goOn(this.#stall(trouble));
        return;
      case 'link':
        this.#goOn(this.#loseLink(trouble));
        return;
      case 'reboot':
        await this.#reboot(trouble.downMs);
        return;
    }
  }

  /** Ends everything that goes wrong, and waits for what was under way. */
  async heal(): Promise<void> {
    this.proxy.disarm();
    await this.#rebooting;
    this.simulator.control.clearFaults();
    await Promise.all(this.#beside);
    this.simulator.control.clearFaults();
    await this.simulator.control.portSettled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#beside);
    await this.#rebooting;
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.#simulator?.close();
    this.clock.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #goOn(work: Promise<void>): void {
    const kept = work.finally(() => this.#beside.delete(kept));
    this.#beside.add(kept);
  }

  async #stall({ stop, then, holdMs }: Extract<Trouble, { kind: 'stall' }>): Promise<void> {
    const { control } = this.simulator;
    const end = control.inject({ type: 'half-open', stop });
    await sleep(this.#real, holdMs);
    // Dropped first, what was held back is lost.
    if (then !== 'resume') control.dropClients(then);
    end();
    this.note(`   stall over (${then})`);
  }

  async #loseLink({ code, back, holdMs }: Extract<Trouble, { kind: 'link' }>): Promise<void> {
    const { control } = this.simulator;
    control.notice(code);
    await sleep(this.#real, holdMs);
    this.simulator.control.notice(back);
    this.note(`   link back (${back})`);
  }

  async #boot(): Promise<void> {
    this.#simulator = await createSimulator(this.#options);
    this.witness.follow(this.#simulator);
  }

  async #reboot(downMs: number): Promise<void> {
    const reboot = async (): Promise<void> => {
      const old = this.simulator;
      await old.close();
      await sleep(this.#real, downMs);
      await this.#boot();
      for (const symbol of SYMBOLS) this.simulator.control.setPrice(symbol, START_PRICE);
    };
    await this.#rebooting;
    this.#rebooting = reboot();
    await this.#rebooting;
  }
}
