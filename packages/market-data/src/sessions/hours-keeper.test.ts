import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { resolvedFrom } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { WatchedStream } from '../liveness/watched-stream.js';
import { AAPL } from '../testing/fake-broker.js';
import { HoursKeeper } from './hours-keeper.js';
import { tradingHoursOf } from './trading-hours.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-05-18T14:00:00Z');

/** The hours of five days from one on, without weekends. */
function hoursFrom(dayMs: number): string {
  return Array.from({ length: 5 }, (_, index) => new Date(dayMs + index * DAY_MS).toISOString().slice(0, 10).replaceAll('-', ''))
    .map((day) => `${day}:0930-${day}:1600`)
    .join(';');
}

function contractAt(nowMs: number): ResolvedContract {
  const hours = hoursFrom(nowMs);
  return resolvedFrom({ ...AAPL, timeZoneId: 'UTC', tradingHours: hours, liquidHours: hours }, 'SMART');
}

function setUp() {
  const clock = createTestClock({ nowMs: START });
  const asked: number[] = [];
  const events: string[] = [];
  let fails = false;
  const keeper = new HoursKeeper({
    clock,
    marketNow: () => clock.now(),
    watching: { watch: ({ name }) => ({ heard: () => events.push(`heard ${name}`), notice: ({ code }) => events.push(`notice ${code}`), close: () => events.push(`close ${name}`) }) },
    lookUp: () => {
      asked.push(Math.floor((clock.now() - START) / DAY_MS));
      return fails ? Promise.reject(new Error('not connected')) : Promise.resolve(contractAt(clock.now()));
    },
  });
  const stream = (contract: ResolvedContract, name = 'quotes'): WatchedStream => ({ kind: 'quotes', name, contract, resubscribe: () => undefined });
  return { clock, asked, events, keeper, stream, failing: (on: boolean) => { fails = on; } };
}

describe('HoursKeeper', () => {
  it('knows the session of a stream that is open for weeks, with a look-up every few days', async () => {
    const { clock, asked, keeper, stream } = setUp();
    const contract = contractAt(START);
    const watch = keeper.watch(stream(contract));
    for (let day = 1; day <= 30; day += 1) {
      await clock.advance(DAY_MS);
      expect([day, tradingHoursOf(contract).phaseAt(clock.now()), tradingHoursOf(contract).phaseAt(clock.now() - 8 * 3_600_000)]).toEqual([day, 'regular', 'closed']);
    }
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThan(15);
    watch.close();
    expect(clock.pending).toBe(0);
  });

  it('tries again every hour while the broker cannot be asked', async () => {
    const { clock, asked, keeper, stream, failing } = setUp();
    const contract = contractAt(START);
    keeper.watch(stream(contract));
    failing(true);
    await clock.advance(6 * DAY_MS);
    expect(tradingHoursOf(contract).phaseAt(clock.now())).toBe('unknown');
    const before = asked.length;
    failing(false);
    await clock.advance(3_600_000);
    expect([asked.length, tradingHoursOf(contract).phaseAt(clock.now())]).toEqual([before + 1, 'regular']);
    keeper.close();
    expect(clock.pending).toBe(0);
  });

  it('asks once for several streams of a contract, passes everything on, and stops with the last', async () => {
    const { clock, asked, events, keeper, stream } = setUp();
    const contract = contractAt(START);
    const watches = [keeper.watch(stream(contract, 'a')), keeper.watch(stream(contract, 'b'))];
    for (const watch of watches) {
      watch.heard();
      watch.notice({ code: 354 });
    }
    await clock.advance(4 * DAY_MS);
    expect(asked).toHaveLength(1);
    watches[0]?.close();
    watches[0]?.close();
    expect(clock.pending).toBe(1);
    watches[1]?.close();
    expect([clock.pending, events]).toEqual([0, ['heard a', 'notice 354', 'heard b', 'notice 354', 'close a', 'close a', 'close b']]);
  });

  it('follows nothing without hours', () => {
    const { clock, keeper, stream } = setUp();
    keeper.watch(stream(resolvedFrom(AAPL, 'SMART')));
    expect(clock.pending).toBe(0);
  });
});
