import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep, systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import type { SimulatorControl } from '@ibkit/simulator';
import { invented } from '../simulator/symbols.js';
import { growth } from '../soak.js';
import { DayAudience } from './day-audience.js';
import type { AudienceCounts } from './day-audience.js';
import { DayDaemon } from './day-daemon.js';
import { DayOrders, differences, isOpen } from './day-orders.js';

/** An open of a regular session, 09:30 New York, Monday. */
const OPEN_MS = Date.UTC(2026, 2, 2, 14, 30);
const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 50;
/** The daemon keeps changes of quotes for ten seconds, so that a client that comes back misses none, milliseconds of its clock. */
const KEPT_MS = 12_000;
/** Only what never settles takes so long, real milliseconds. */
const SETTLE_MS = 120_000;

/** How a day goes. */
export interface DayPlan {
  /** Market milliseconds per real one. */
  readonly speed: number;
  readonly hours: number;
  readonly symbols: number;
  readonly clients: number;
  /** Orders per market hour: at first, and from `quietFrom` on. */
  readonly ordersPerHour: readonly [number, number];
  /** Hours that warm it up, in which its rings and caches fill: the heap is judged from there on. */
  readonly warmUpHours: number;
  /** When the server restarts, in hours from the start, and when it wants a login that a human approves. */
  readonly restartAtHour: number;
  readonly loginAtHour: number;
  /** How long each keeps the server away, real milliseconds. */
  readonly awayMs: number;
  /** How much faster than real time the daemon's own clock goes, for its waits and deadlines. @defaultValue 1, as in earnest */
  readonly clockSpeed?: number | undefined;
  readonly heapEveryHours: number;
  readonly onHeap?: ((hour: number, heapMib: number) => void) | undefined;
}

/** What a day came to. */
export interface DayReport {
  /** After a collection, every so many hours, MiB. */
  readonly heaps: readonly number[];
  /** Over the hours after the warm-up, MiB. */
  readonly grownMib: number;
  readonly asked: number;
  readonly answered: number;
  /** Keys that were refused for good, and why. */
  readonly refusals: readonly string[];
  readonly repeated: number;
  readonly orders: number;
  readonly fills: number;
  readonly sessions: number;
  readonly told: AudienceCounts;
  /** Subscriptions to quotes without one in the last hour. */
  readonly silent: number;
  /** Of the daemon. */
  readonly cpuMs: number;
  readonly warnings: number;
  readonly errors: number;
  readonly tookMs: number;
  readonly differences: readonly string[];
}

/** Runs a daemon over a day of the simulator, with people who listen and trade, a restart and a login; then holds what it says against what the server has. */
export async function runDay(plan: DayPlan): Promise<DayReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-day-'));
  try {
    return await play(plan, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The heap with nothing on its way, and nothing kept for clients who come back at once: how much that is hangs on how busy the machine is. */
async function quietHeapMib(control: SimulatorControl, daemon: DayDaemon, quietMs: number): Promise<number> {
  control.moveClock({ action: 'pause' });
  await sleep(systemClock(), quietMs);
  const { heapUsed } = await daemon.health();
  control.moveClock({ action: 'resume' });
  return heapUsed / MIB;
}

async function play({ speed, hours, symbols: count, clients, ordersPerHour, warmUpHours, restartAtHour, loginAtHour, awayMs, clockSpeed = 1, heapEveryHours, onHeap }: DayPlan, stateDir: string): Promise<DayReport> {
  const clock = systemClock();
  const startMs = clock.monotonic();
  const instruments = invented(count);
  const symbols = instruments.map(({ symbol }) => symbol);
  await using simulator = await createSimulator({ seed: 1, startAtMs: OPEN_MS, instruments, limits: { marketDataLines: Infinity } });
  const { control } = simulator;
  const arrived = new Map<number, number>();
  let sessions = 0;
  control.watchJournal(({ kind, type, message }) => {
    if (kind === 'client' && type === 'ready') sessions += 1;
    if (kind !== 'in' || type !== 'placeOrder' || message === undefined) return;
    const orderId = Number(Reflect.get(message, 'orderId'));
    arrived.set(orderId, (arrived.get(orderId) ?? 0) + 1);
  });
  await using daemon = await DayDaemon.start(['--host', '127.0.0.1', '--port', String(simulator.port), '--listen', '127.0.0.1:0', '--state-dir', stateDir], clockSpeed);
  const { url } = daemon;
  const token = (await readFile(daemon.tokenFile, 'utf8')).trim();
  await using orders = new DayOrders({ url, token, symbols });
  const untilReady = async (): Promise<void> => {
    const endMs = clock.monotonic() + SETTLE_MS;
    while (!(await orders.client.readyz({})).tradeReady) {
      if (clock.monotonic() > endMs) throw new Error(`the daemon takes no orders after ${SETTLE_MS} ms`);
      await sleep(clock, LOOK_EVERY_MS);
    }
  };
  await untilReady();
  await using audience = await DayAudience.open({ url, token, symbols, clients });
  // Processes that start must not take hours.
  control.moveClock({ action: 'speed', speed });
  const hour = (): number => (simulator.clock.now() - OPEN_MS) / HOUR_MS;
  const heaps: number[] = [];
  let [nextOrder, isRestarted, isLoggedIn] = [hour(), false, false];
  for (let end = Math.floor(hour()) + 1; end <= hours; end += 1) {
    audience.listenAnew();
    while (hour() < end) {
      if (hour() >= nextOrder) {
        orders.next();
        nextOrder += 1 / (hour() < warmUpHours ? ordersPerHour[0] : ordersPerHour[1]);
        // After a pause of the machine there is no crowd.
        nextOrder = Math.max(nextOrder, hour() - 0.25);
      }
      if (!isRestarted && hour() >= restartAtHour) {
        isRestarted = true;
        control.inject({ type: 'restart', for: awayMs });
      }
      if (!isLoggedIn && hour() >= loginAtHour) {
        isLoggedIn = true;
        control.inject({ type: 'weekly-login' });
        clock.setTimer(awayMs, () => void control.approve());
      }
      await sleep(clock, 5);
    }
    if (end % heapEveryHours !== 0) continue;
    const heapMib = await quietHeapMib(control, daemon, KEPT_MS / clockSpeed);
    heaps.push(heapMib);
    onHeap?.(end, heapMib);
  }
  const { silent } = audience;
  await untilReady();
  await orders.quiet();
  const endMs = clock.monotonic() + SETTLE_MS;
  let all = await orders.all();
  control.moveClock({ action: 'speed', speed: 1 });
  while (all.some(isOpen) && clock.monotonic() < endMs) {
    await sleep(clock, LOOK_EVERY_MS);
    all = await orders.all();
  }
  control.moveClock({ action: 'pause' });
  await orders.client.reconcile({});
  all = await orders.all();
  const state = control.state();
  const fills = state.executions.length;
  while (audience.counts.fills < fills && clock.monotonic() < endMs) await sleep(clock, LOOK_EVERY_MS);
  const { cpuMs, warnings, errors } = await daemon.health();
  const open = all.filter(isOpen).map(({ key, status }) => `${key} is ${status} in the end`);
  return {
    heaps,
    grownMib: growth(heaps.slice(Math.floor(warmUpHours / heapEveryHours))),
    asked: orders.asked,
    answered: orders.answered,
    refusals: orders.refusals,
    repeated: orders.repeated,
    orders: arrived.size,
    fills,
    sessions,
    told: audience.counts,
    silent,
    cpuMs,
    warnings,
    errors,
    tookMs: clock.monotonic() - startMs,
    differences: [...open, ...differences(all, state, arrived)],
  };
}
