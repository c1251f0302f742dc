import { open, readFile, rename } from 'node:fs/promises';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { Brokerage } from '../brokerage/brokerage.js';
import type { BrokerageSnapshot } from '../brokerage/snapshot.js';
import { finiteNumber, listOf, oneOf, recordOf, rule, text, wholeNumber } from './rules.js';
import type { Rule } from './rules.js';

const FORMAT = 'ibkit-simulator-state';
const VERSION = 1;
/** Changes within this many real milliseconds are one write. */
const DEBOUNCE_MS = 50;
const OWNER_ONLY = 0o600;

const AMOUNT = finiteNumber(-Number.MAX_VALUE, Number.MAX_VALUE);
const ID = wholeNumber(0, Number.MAX_SAFE_INTEGER);
/** Below 0: the brokerage's own names for orders that no client placed, and for second orders under one id. */
const CLIENT = wholeNumber(-(2 ** 32), Number.MAX_SAFE_INTEGER);
const MANY = 10_000_000;
const INSTRUMENT = recordOf({ conId: ID, symbol: text(), localSymbol: text() });
const ORDER = recordOf({ clientId: CLIENT, orderId: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), permId: text(), status: text(), filled: AMOUNT, terms: recordOf({ instrument: INSTRUMENT }) });
const EXECUTION = recordOf({
  execution: recordOf({ execId: text(), atMs: AMOUNT, clientId: CLIENT, permId: text(), account: text(), shares: AMOUNT, price: AMOUNT, instrument: INSTRUMENT }),
  order: recordOf({ permId: text() }),
});
const LEDGER = recordOf({
  account: text(),
  startCash: AMOUNT,
  cash: AMOUNT,
  holdings: listOf(recordOf({ instrument: INSTRUMENT, quantity: AMOUNT, averageCost: AMOUNT, realized: AMOUNT }), MANY, 0),
});

/** What must be right so that a brokerage can go on from it. What else an order carries is its own business. */
const SNAPSHOT = recordOf({
  savedAtMs: AMOUNT,
  ids: recordOf({ permId: ID, execution: ID }),
  orderIds: listOf(recordOf({ clientId: CLIENT, highest: ID }), MANY, 0),
  working: listOf(ORDER, MANY, 0),
  completed: listOf(ORDER, MANY, 0),
  executions: listOf(EXECUTION, MANY, 0),
  ledgers: listOf(LEDGER, MANY, 0),
});

const FILE: Rule<{ readonly format: string; readonly version: number; readonly brokerage: BrokerageSnapshot }> = recordOf({
  format: oneOf(FORMAT),
  version: rule(`must be ${VERSION}, the version that this simulator writes`, (value): value is number => value === VERSION),
  brokerage: {
    check: (value, field): asserts value is BrokerageSnapshot => {
      const snapshot: Rule<unknown> = SNAPSHOT;
      snapshot.check(value, field);
    },
  },
});

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What was kept in a file; undefined when there is none yet.
 * @throws UsageError when the file cannot be read, is no JSON, or is not what the simulator writes.
 */
export async function readStateFile(path: string): Promise<BrokerageSnapshot | undefined> {
  const broken = (reason: string, cause: unknown): UsageError =>
    new UsageError({ field: 'stateFile', value: path, rule: `must be a state file of the simulator, or a path where none is yet: ${reason}`, cause });
  let json: string;
  try {
    json = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw broken(reasonOf(error), error);
  }
  try {
    const value: unknown = JSON.parse(json);
    FILE.check(value, '');
    return value.brokerage;
  } catch (error) {
    throw broken(reasonOf(error), error);
  }
}

/** Writes to a temporary file beside the real one and renames it: whoever is killed meanwhile leaves the old file whole. */
async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', OWNER_ONLY);
  try {
    // An older file may have had other rights.
    await file.chmod(OWNER_ONLY);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Options of a {@link StateKeeper}. */
export interface StateKeeperOptions {
  readonly path: string;
  readonly brokerage: Brokerage;
  /** Real time. */
  readonly clock: Clock;
  /** A write in the background has failed; the next one tries again. */
  readonly onError: (reason: string) => void;
}

/** Keeps a brokerage in a file: shortly after every change, and at the end. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #timer: Timer | undefined;
  #stopListening: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  /** Writes for the first time, and from now on after changes. @throws UsageError when the file cannot be written. */
  async start(): Promise<void> {
    const { path, brokerage } = this.#options;
    try {
      await this.#write();
    } catch (error) {
      throw new UsageError({ field: 'stateFile', value: path, rule: `must be a path that can be written: ${reasonOf(error)}`, cause: error });
    }
    this.#stopListening = brokerage.on(() => {
      this.#schedule();
    });
  }

  /** Writes what has changed since, and stops. Call it while the brokerage is open. @throws the error of the file system. */
  async close(): Promise<void> {
    const stop = this.#stopListening;
    if (stop === undefined) return;
    this.#stopListening = undefined;
    stop();
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#write();
  }

  #schedule(): void {
    this.#timer ??= this.#options.clock.setTimer(DEBOUNCE_MS, () => {
      this.#timer = undefined;
      this.#write().catch((error: unknown) => {
        this.#options.onError(reasonOf(error));
      });
    });
  }

  /** One write at a time; each with the state of the moment at which it begins. */
  #write(): Promise<void> {
    const { path, brokerage } = this.#options;
    const next = this.#writing
      .catch(() => undefined)
      .then(() => replaceFile(path, `${JSON.stringify({ format: FORMAT, version: VERSION, brokerage: brokerage.snapshot() })}\n`));
    this.#writing = next;
    return next;
  }
}
