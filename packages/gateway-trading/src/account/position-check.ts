import type { Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import type { WireContract } from '@ibkit/wire';
import type { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import { positionKey } from '../broker/position-rows.js';
import { addDecimals, compareDecimals, decimalText } from '../orders/decimal.js';
import type { Position } from './account-data.js';
import { ExecutionSums, isHeldAsPosition } from './execution-sums.js';
import type { ExecutedAmount } from './execution-sums.js';

/** A position that is not what it was plus the executions since. Nothing is done about it. */
export interface PositionDrift {
  readonly account: string;
  readonly contract: WireContract;
  /** What it was at `fromMs`, plus the executions since. */
  readonly expected: number;
  readonly actual: number;
  /** `actual - expected`, exactly. */
  readonly difference: number;
}

/** What a comparison of positions and executions came to. */
export interface PositionCheckReport {
  /**
   * `began`: there was nothing to compare with yet, or the broker's day ended and its list of executions with it. `unsettled`:
   * executions kept coming, so that no moment could be compared.
   */
  readonly status: 'agrees' | 'differs' | 'began' | 'unsettled';
  readonly drifts: readonly PositionDrift[];
  /** Since when executions were counted, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a {@link PositionCheck} needs. */
export interface PositionCheckOptions {
  readonly connection: TradingConnection;
  readonly lists: BrokerLists;
  readonly timeoutMs: number;
  /** The broker's day of an instant. */
  readonly dayOf: (atMs: number) => string;
  /** Told once per drift. */
  readonly onDrift: (report: PositionCheckReport) => void;
}

interface Baseline {
  readonly atMs: number;
  readonly day: string;
  readonly positions: ReadonlyMap<string, Position>;
  readonly sums: ReadonlyMap<string, ExecutedAmount>;
}

const TRIES = 3;

/** After a sweep, until what is still on its way has come, milliseconds. */
const SETTLE_MS = 2_000;

function negated(text: string): string {
  if (text === '0') return text;
  return text.startsWith('-') ? text.slice(1) : `-${text}`;
}

function byKey(positions: readonly Position[]): ReadonlyMap<string, Position> {
  return new Map(positions.map((position) => [positionKey(position), position]));
}

/**
 * Compares positions with executions: what was there, plus what was executed since, must be what is there. A difference is told, once,
 * and never mended: it may be a transfer, an exercise, an expiry, a split, an advisor's allocation, or an execution that nobody was shown.
 */
export class PositionCheck {
  readonly #options: PositionCheckOptions;
  readonly #executions = new ExecutionSums();
  readonly #off: () => void;
  #baseline: Baseline | undefined;
  #running: Promise<PositionCheckReport> | undefined;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;

  constructor(options: PositionCheckOptions) {
    this.#options = options;
    this.#off = options.connection.onMessage((message) => {
      if (message.type === 'execDetails') this.#executions.book(message);
    });
  }

  /** A complete sweep has read executions and positions: look closer when there is nothing to compare with yet, or when they do not fit. */
  swept(positions: readonly Position[]): void {
    const { clock } = this.#options.connection;
    if (this.#stop.signal.aborted || this.#running !== undefined) return;
    const baseline = this.#baseline;
    const fits = baseline?.day === this.#options.dayOf(clock.now()) && this.#drifts(baseline, byKey(positions)).length === 0;
    if (fits) return;
    this.#timer?.cancel();
    this.#timer = clock.setTimer(
      SETTLE_MS,
      () => {
        this.run().catch(() => {
          // No complete answer, no conclusion: the next sweep leads here again.
        });
      },
      { keepAlive: false },
    );
  }

  /** Reads executions, positions and executions again: when the executions are the same before and after, the positions are those of one known moment. */
  run(): Promise<PositionCheckReport> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  close(): void {
    this.#stop.abort(new SystemError({ code: 'IBKR_TRADING_CLOSED', message: 'Trading was closed' }));
    this.#timer?.cancel();
    this.#off();
  }

  async #run(): Promise<PositionCheckReport> {
    const { connection, lists, timeoutMs, dayOf } = this.#options;
    const { clock } = connection;
    const limits = { timeoutMs, signal: this.#stop.signal };
    const fromMs = this.#baseline?.atMs ?? clock.now();
    await lists.executions({}, limits);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const { version } = this.#executions;
      const positions = byKey(await lists.positions(limits));
      await lists.executions({}, limits);
      if (this.#executions.version !== version) continue;
      const toMs = clock.now();
      const before = this.#baseline;
      const isComparable = before?.day === dayOf(toMs);
      const drifts = isComparable ? this.#drifts(before, positions) : [];
      // Executions of yesterday are in no list any more.
      if (before !== undefined && !isComparable) this.#executions.clear();
      this.#baseline = { atMs: toMs, day: dayOf(toMs), positions, sums: this.#executions.sums() };
      const report: PositionCheckReport = { status: !isComparable ? 'began' : drifts.length > 0 ? 'differs' : 'agrees', drifts, fromMs, toMs };
      if (drifts.length > 0) this.#options.onDrift(report);
      return report;
    }
    return { status: 'unsettled', drifts: [], fromMs, toMs: clock.now() };
  }

  #drifts(baseline: Baseline, positions: ReadonlyMap<string, Position>): readonly PositionDrift[] {
    const sums = this.#executions.sums();
    const { accounts } = this.#options.connection;
    return [...new Set([...baseline.positions.keys(), ...positions.keys(), ...sums.keys()])].flatMap((key) => {
      const about = positions.get(key) ?? baseline.positions.get(key) ?? sums.get(key);
      // Of an account that the session does not have any more nothing is shown.
      if (about === undefined || !isHeldAsPosition(about.contract) || !accounts.includes(about.account)) return [];
      const executed = addDecimals(sums.get(key)?.amount ?? '0', negated(baseline.sums.get(key)?.amount ?? '0'));
      const expected = addDecimals(decimalText(baseline.positions.get(key)?.position ?? 0), executed);
      const actual = decimalText(positions.get(key)?.position ?? 0);
      if (compareDecimals(actual, expected) === 0) return [];
      const difference = addDecimals(actual, negated(expected));
      return [{ account: about.account, contract: about.contract, expected: Number(expected), actual: Number(actual), difference: Number(difference) }];
    });
  }
}
