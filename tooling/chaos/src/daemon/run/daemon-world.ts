import { watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sleep, systemClock } from '@ibkit/clock';
import type { ApiOrder } from '@ibkit/api-contract';
import { journalDirectory } from '@ibkit/journal';
import { CLIENT_ID, Stage } from '../../stage/stage.js';
import { ApiCaller, said } from '../clients/api-caller.js';
import { TopicFollower } from '../clients/topic-follower.js';
import { DaemonChild } from '../program/daemon-child.js';
import type { DaemonProgram } from '../program/daemon-program.js';
import { CALLERS, INSTRUMENTS, symbolOf } from './daemon-plan.js';
import { freePort } from './free-port.js';
import type { KillMoment } from './kill-moment.js';
import { RunTokens } from './tokens.js';

/** How long the daemon may be kept from being ready by what is wrong at the broker's; then that is ended, real milliseconds. */
const UNREADY_MS = 3_000;
/** Only what never comes takes so long, real milliseconds. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 20;
const PAGE = 500;

/** How it is set up. */
export interface DaemonWorldOptions {
  readonly program: DaemonProgram;
  readonly seed: number;
}

/** A broker, a daemon that is killed and started again, programs that trade through it, and clients of its stream. */
export class DaemonWorld implements AsyncDisposable {
  readonly stage: Stage;
  readonly callers: ApiCaller[] = [];
  readonly followers: TopicFollower[] = [];
  /** From the start of a process to its open API, and to its open order gate, milliseconds. */
  readonly listenMs: number[] = [];
  readonly readyMs: number[] = [];
  /** Told when somebody has an answer or a change of a topic. */
  onReply: (key: string) => void = () => undefined;
  onTold: () => void = () => undefined;
  /** What callers were told that must not be. */
  readonly faults: { readonly key: string; readonly text: string }[] = [];
  readonly #program: DaemonProgram;
  readonly #port: number;
  readonly #clock = systemClock();
  #child: DaemonChild | undefined;
  #tokens: RunTokens | undefined;

  private constructor(stage: Stage, program: DaemonProgram, port: number) {
    this.stage = stage;
    this.#program = program;
    this.#port = port;
  }

  /** Starts a daemon for the first time, with everybody who uses it. */
  static async open({ program, seed }: DaemonWorldOptions): Promise<DaemonWorld> {
    const stage = await Stage.open(
      { orders: { partialFills: true, duplicateStatuses: seed % 3, statusBeforeExecution: seed % 2 === 0 }, round: seed },
      { instruments: Array.from({ length: INSTRUMENTS }, (_, index) => ({ symbol: symbolOf(index), secType: 'STK', price: 100, volatility: 0.05 })) },
    );
    const world = new DaemonWorld(stage, program, await freePort());
    try {
      await world.start();
      await world.#people();
      await world.untilReady();
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get child(): DaemonChild {
    if (this.#child === undefined) throw new Error('there is no daemon');
    return this.#child;
  }

  get tokens(): RunTokens {
    if (this.#tokens === undefined) throw new Error('there are no tokens yet');
    return this.#tokens;
  }

  /** Where the orders are written. */
  get journalDirectory(): string {
    return journalDirectory({ stateDirectory: this.#stateDir, host: '127.0.0.1', port: this.stage.proxy.port, clientId: CLIENT_ID });
  }

  /** Starts the daemon on what the one before has left. */
  async start(): Promise<void> {
    const startMs = this.#clock.monotonic();
    // At night it would hold orders back, as it does for a gateway that restarts then.
    const config = path.join(this.#stateDir, 'ibkit.ini');
    await mkdir(this.#stateDir, { recursive: true });
    await writeFile(config, '[restarts]\ndaily = none\nweekly_login = none\n');
    const args = ['--config', config, '--host', '127.0.0.1', '--port', String(this.stage.proxy.port), '--client-id', String(CLIENT_ID), '--listen', `127.0.0.1:${this.#port}`, '--state-dir', this.#stateDir, '--log-level', 'warn', '--json', '--stop-with-input'];
    this.#child = await DaemonChild.start(this.#program, args);
    this.listenMs.push(this.#clock.monotonic() - startMs);
  }

  /** Resolves when orders are taken. What is wrong at the broker's is ended when it takes too long. */
  async untilReady(): Promise<void> {
    const startMs = this.#clock.monotonic();
    let mendedMs = startMs;
    for (;;) {
      const reasons = await this.#unready();
      if (reasons === undefined) break;
      const nowMs = this.#clock.monotonic();
      if (nowMs - startMs > PATIENCE_MS) throw new Error(`the daemon is not ready after ${PATIENCE_MS} ms: ${reasons}\n${this.child.lastWords.join('\n')}`);
      if (nowMs - mendedMs > UNREADY_MS) {
        mendedMs = nowMs;
        await this.mend(reasons);
      }
      await sleep(this.#clock, LOOK_EVERY_MS);
    }
    this.readyMs.push(this.#clock.monotonic() - startMs);
  }

  /** Ends what is wrong at the broker's, and what it has left behind: a link that nobody said is back, an API that was said to be read-only. */
  async mend(reasons: string): Promise<void> {
    this.stage.note(`mended, since: ${reasons}`);
    await this.stage.heal();
    this.stage.simulator.control.notice(1102);
    if (/read.?only/iu.test(reasons)) this.stage.simulator.control.dropClients('fin');
  }

  /** Every order, as the daemon answers. */
  async orders(): Promise<readonly ApiOrder[]> {
    const orders: ApiOrder[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.tokens.admin.orders({ status: 'all', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      orders.push(...page.orders);
      cursor = page.next;
    } while (cursor !== undefined);
    return orders;
  }

  /** Waits for the moment from now on and kills the daemon in it. @returns a function that gives up waiting */
  arm(moment: KillMoment, { part, afterMs, shoot }: { readonly part: number; readonly afterMs: number; readonly shoot: () => void }): () => void {
    const end = new AbortController();
    switch (moment) {
      case 'any': {
        const timer = this.#clock.setTimer(afterMs, shoot);
        return () => {
          timer.cancel();
        };
      }
      case 'journal': {
        const watcher = watch(this.journalDirectory, { signal: end.signal }, shoot);
        watcher.on('error', () => undefined);
        return () => {
          end.abort();
        };
      }
      case 'replied':
        this.onReply = shoot;
        return () => {
          this.onReply = () => undefined;
        };
      case 'told':
        this.onTold = shoot;
        return () => {
          this.onTold = () => undefined;
        };
      default:
        this.stage.proxy.arm({ message: 'placeOrder', point: moment, how: 'fin', part, onCut: shoot });
        return () => {
          this.stage.proxy.disarm();
        };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const follower of this.followers) await follower[Symbol.asyncDispose]();
    for (const caller of this.callers) await caller.close();
    await this.#tokens?.close();
    await this.#child?.[Symbol.asyncDispose]();
    await this.stage[Symbol.asyncDispose]();
  }

  get #stateDir(): string {
    return path.join(this.stage.directory, 'daemon');
  }

  async #people(): Promise<void> {
    const { url } = this;
    this.#tokens = await RunTokens.make(url, this.#stateDir);
    const { trade, read } = this.#tokens;
    for (let caller = 0; caller < CALLERS; caller += 1) {
      this.callers.push(new ApiCaller({
        url,
        token: trade,
        sessions: () => this.stage.witness.sessions,
        note: (line) => {
          this.stage.note(line);
        },
        onReply: (key) => {
          this.onReply(key);
        },
        onFault: (key, text) => {
          this.faults.push({ key, text });
        },
      })); // prettier-ignore
    }
    const onTold = (): void => {
      this.onTold();
    };
    this.followers.push(new TopicFollower({ name: 'json', url, token: read, encoding: 'json', onTold }), new TopicFollower({ name: 'msgpack', url, token: trade, encoding: 'msgpack', onTold }));
    await Promise.all(this.followers.map((follower) => follower.begin()));
  }

  async #unready(): Promise<string | undefined> {
    try {
      const { tradeReady, reasons } = await this.tokens.admin.readyz({});
      return tradeReady ? undefined : reasons.join(', ');
    } catch (error) {
      return said(error);
    }
  }
}
