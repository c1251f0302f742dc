import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { isIbkrError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRecording } from '../read/read-recording.js';
import { moodyDisk } from '../testing/moody-disk.js';
import type { MoodyDisk } from '../testing/moody-disk.js';
import { collect, scratch } from '../testing/scratch.js';
import { Recorder } from './recorder.js';

const newDirectory = scratch();
const DEAD_PID = spawnSync(process.execPath, ['-e', '']).pid;

const HOUR_MS = 3_600_000;

type Step = 'rows' | 'flood' | 'flush' | 'hold' | 'refuse' | 'well' | 'day' | 'close' | 'crash';

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Step>('rows', 'flood') },
    { weight: 3, arbitrary: fc.constantFrom<Step>('flush', 'well') },
    { weight: 3, arbitrary: fc.constantFrom<Step>('hold', 'refuse', 'day', 'close', 'crash') },
  ),
  { minLength: 1, maxLength: 25 },
);

/** A recording with what must be in it: rows are told apart by their price. */
class World {
  readonly clock: TestClock = createTestClock();
  readonly disk: MoodyDisk = moodyDisk();
  readonly directory: string;
  #recorder: Recorder | undefined;
  #next = 1;
  /** Prices that were taken and not known to be on the disk. */
  #taken: number[] = [];
  /** Prices that must come back, in order. */
  readonly safe: number[] = [];
  /** Prices that may come back: their recorder crashed. */
  readonly doubtful = new Set<number>();
  lost = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async do(step: Step): Promise<void> {
    const recorder = await this.#open();
    switch (step) {
      case 'rows':
        this.#put(recorder, 20);
        break;
      case 'flood':
        this.#put(recorder, 2_000);
        break;
      case 'flush':
        if (!this.#isStuck) await this.#flush(recorder);
        break;
      case 'hold':
        this.disk.hold();
        this.#isHeld = true;
        break;
      case 'refuse':
        this.disk.refuse = new Error('ENOSPC: no space left on device');
        this.#put(recorder, 20);
        // So that it really comes to refuse.
        if (!this.#isHeld) await this.#flush(recorder);
        break;
      case 'well':
        await this.#heal();
        break;
      case 'day':
        // The machine sleeps most of it: behind a disk that stands still the recorder looks five times a second, and half a million looks take their time.
        this.clock.setNow(this.clock.now() + 23 * HOUR_MS);
        await this.clock.advance(HOUR_MS);
        break;
      case 'close':
        await this.end();
        break;
      case 'crash':
        await this.#crash(recorder);
        break;
    }
  }

  async end(): Promise<void> {
    await this.#heal();
    const recorder = await this.#open();
    await recorder.close();
    this.#recorder = undefined;
    this.#settle();
  }

  #isHeld = false;

  get #isStuck(): boolean {
    return this.#isHeld || this.disk.refuse !== undefined;
  }

  async #open(): Promise<Recorder> {
    if (this.#recorder !== undefined) return this.#recorder;
    this.#recorder = await Recorder.open({ directory: this.directory, source: { name: 'a test' }, clock: this.clock, disk: this.disk, maxPendingBytes: 64 * 1024, maxSegmentBytes: 64 * 1024 });
    return this.#recorder;
  }

  #put(recorder: Recorder, count: number): void {
    for (let index = 0; index < count; index += 1) {
      if (recorder.trade({ symbol: 'SPY', price: this.#next, size: 1 })) this.#taken.push(this.#next);
      else this.lost += 1;
      this.#next += 1;
    }
  }

  #settle(): void {
    this.safe.push(...this.#taken.splice(0));
  }

  async #flush(recorder: Recorder): Promise<void> {
    try {
      await recorder.flush();
      this.#settle();
    } catch (error) {
      // It waits for its next try after the disk was full.
      if (!isIbkrError(error) || error.code !== 'IBKR_RECORDING_DISK') throw error;
    }
  }

  async #heal(): Promise<void> {
    this.disk.refuse = undefined;
    this.disk.release();
    this.#isHeld = false;
    await this.clock.advance(30_000);
  }

  /** The process is gone in the middle of whatever it did, and its lock stays. What nobody wrote is lost. */
  async #crash(recorder: Recorder): Promise<void> {
    const lock = path.join(this.directory, 'writer.lock');
    const holder: unknown = JSON.parse(await readFile(lock, 'utf8'));
    this.disk.refuse = new Error('this process is gone');
    this.disk.release();
    await recorder.close().catch(() => undefined);
    await writeFile(lock, JSON.stringify({ ...(typeof holder === 'object' ? holder : {}), pid: DEAD_PID, startedAt: '0' }));
    for (const price of this.#taken.splice(0)) this.doubtful.add(price);
    this.#recorder = undefined;
    this.crashes += 1;
    await this.#heal();
  }

  crashes = 0;
}

it('gives back everything that was taken and flushed or closed, in order, and says how much was not taken, whatever the disk does', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const world = new World(await newDirectory());
      for (const step of script) await world.do(step);
      await world.end();
      const rows = await collect(readRecording(world.directory));
      const prices = rows.flatMap((row) => (row.type === 'trade' ? [row.price] : []));
      expect(prices.filter((price) => !world.doubtful.has(price))).toEqual(world.safe);
      expect(prices).toEqual([...prices].sort((a, b) => a - b));
      expect(new Set(prices).size).toBe(prices.length);
      const stored = rows.filter((row) => row.type !== 'gap' || row.origin !== 'damage').map(({ seq }) => seq);
      expect(stored).toEqual(stored.map((_, index) => index + 1));
      const lost = rows.reduce((sum, row) => sum + (row.type === 'gap' && row.origin === 'recorder' ? (row.lost ?? 0) : 0), 0);
      // A crash may take a count with it, never the fact: the next run says that rows may be missing, unless it crashes before that is on the disk.
      expect(lost).toBeLessThanOrEqual(world.lost);
      expect(world.crashes > 0 || lost === world.lost).toBe(true);
      const told = rows.filter((row) => row.type === 'gap' && row.reason.includes('ended without closing')).length;
      expect(told).toBeLessThanOrEqual(world.crashes);
      expect(told > 0).toBe(world.crashes > 0);
    }),
    { numRuns: 40 },
  );
}, 60_000);
