import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { seededRandom, sleep, systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { SessionManager } from './session-manager.js';
import type { SessionManagerOptions } from './session-manager.js';
import { decodeSession, encodeSession, isSubscription } from './session-state.js';

const PROGRAM = path.join(import.meta.dirname, '..', 'testing', 'session-program.ts');

let directory: string;
let file: string;
let clock = createTestClock();
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-session-'));
  file = path.join(directory, 'deeper', 'session.json');
  clock = createTestClock();
});
afterEach(async () => {
  if (clock.pending !== 0) throw new Error(`${clock.pending} timers were left behind`);
  await rm(directory, { recursive: true });
});

const open = (options: Partial<SessionManagerOptions> = {}): Promise<SessionManager> => SessionManager.open({ file, clock, ...options });
const onDisk = async (): Promise<unknown> => {
  const found = decodeSession(await readFile(file, 'utf8'));
  return found.ok ? found.state : found.reason;
};
const others = async (): Promise<string[]> => (await readdir(path.dirname(file))).filter((name) => name !== 'session.json' && name !== 'session.json.lock');

describe('SessionManager', () => {
  it('gives back after a restart what was declared and how far it was seen', async () => {
    const first = await open();
    expect(first.recovery).toEqual({ outcome: 'new' });
    first.declare({ name: 'quotes:SPY', contract: { symbol: 'SPY', secType: 'STK' }, options: { mode: 'live', lines: [1, null, true] } });
    first.declare({ name: 'bars:AAPL', contract: { symbol: 'AAPL' } });
    first.declare({ name: 'gone', contract: null });
    expect(first.withdraw('gone')).toBe(true);
    expect(first.withdraw('gone')).toBe(false);
    first.advance('bars:AAPL', { atMs: 1_700_000_000_000, id: '20231114 22:13' });
    first.advance('__proto__', { atMs: 1 });
    await Promise.all([first.close(), first.close()]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const second = await open();
    expect(second.recovery).toEqual({ outcome: 'restored' });
    expect(second.subscriptions).toEqual([
      { name: 'quotes:SPY', contract: { symbol: 'SPY', secType: 'STK' }, options: { mode: 'live', lines: [1, null, true] } },
      { name: 'bars:AAPL', contract: { symbol: 'AAPL' } },
    ]);
    expect(second.watermark('__proto__')).toEqual({ atMs: 1 });
    const restored = await second.restore(({ name }, watermark) => {
      if (name === 'quotes:SPY') throw new Error('no permission');
      return watermark;
    });
    expect(restored).toMatchObject([
      { ok: false, error: { message: 'no permission' } },
      { ok: true, value: { atMs: 1_700_000_000_000, id: '20231114 22:13' } },
    ]);
    await second.close();
    expect(await others()).toEqual([]);
  });

  it('writes changes together, subscriptions soon and watermarks seldom', async () => {
    const session = await open();
    session.advance('a', { atMs: 1 });
    await clock.advance(1_999);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    session.declare({ name: 'a', contract: 'A' });
    session.declare({ name: 'b', contract: 'B' });
    await clock.advance(1);
    await vi.waitFor(async () => {
      expect(await onDisk()).toEqual({ subscriptions: [{ name: 'a', contract: 'A' }, { name: 'b', contract: 'B' }], watermarks: { a: { atMs: 1 } } });
    }, { timeout: 20_000 });
    session.declare({ name: 'c', contract: 'C' });
    await clock.advance(100);
    await vi.waitFor(async () => {
      expect(JSON.stringify(await onDisk())).toContain('"c"');
    }, { timeout: 20_000 });
    await session.close();
  });

  it('never lets a watermark go back', async () => {
    const session = await open();
    expect(session.advance('a', { atMs: 5, id: 'x' })).toBe(true);
    expect(session.advance('a', { atMs: 4, id: 'y' })).toBe(false);
    expect(session.advance('a', { atMs: 5, id: 'x' })).toBe(false);
    expect(session.advance('a', { atMs: 5, id: 'y' })).toBe(true);
    expect(session.watermark('a')).toEqual({ atMs: 5, id: 'y' });
    session.forgetWatermark('a');
    expect(session.watermark('a')).toBeUndefined();
    await session.close();
  });

  it('keeps a copy of what was declared, and refuses what JSON cannot keep', async () => {
    const session = await open();
    const contract = { symbol: 'SPY' };
    session.declare({ name: 'a', contract });
    contract.symbol = 'QQQ';
    expect(session.subscriptions).toEqual([{ name: 'a', contract: { symbol: 'SPY' } }]);
    for (const strike of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => { session.declare({ name: 'b', contract: { strike } }); }).toThrow(/plain data/u);
    expect(() => { session.declare({ name: '', contract: null }); }).toThrow(/name/u);
    expect(() => session.advance('a', { atMs: Number.NaN })).toThrow(/epoch/u);
    await session.close();
    expect(() => { session.declare({ name: 'a', contract }); }).toThrow(/closed/u);
  });

  it('puts a file aside that was damaged, and says so', async () => {
    const session = await open();
    session.declare({ name: 'a', contract: 'A' });
    await session.close();
    const good = await readFile(file, 'utf8');
    for (const damaged of ['', 'nonsense', good.slice(0, -9), good.replace('"A"', '"B"'), `${good}more`, good.split('\n')[0] ?? '']) {
      await writeFile(file, damaged);
      const again = await open();
      expect(again.subscriptions).toEqual([]);
      const { recovery } = again;
      if (recovery.outcome !== 'corrupt') throw new Error('the damage was not noticed');
      expect(recovery.error).toMatchObject({ code: 'IBKR_SESSION_STORE_CORRUPT' });
      expect(await readFile(recovery.keptAs, 'utf8')).toBe(damaged);
      await again.close();
    }
  });

  it('leaves a file of a newer version as it is', async () => {
    await mkdir(path.dirname(file));
    const newer = encodeSession({ subscriptions: [], watermarks: {} }).replace('"version":1', '"version":2');
    await writeFile(file, newer);
    await expect(open()).rejects.toMatchObject({ code: 'IBKR_SESSION_STORE_VERSION' });
    expect(await readFile(file, 'utf8')).toBe(newer);
    expect(await others()).toEqual([]);
  });

  it('lets one at a time have the file, and removes the drafts of one that was killed', async () => {
    const session = await open();
    await expect(open()).rejects.toMatchObject({ code: 'IBKR_LOCK_HELD' });
    await session.close();
    await writeFile(`${file}.0123456789ab.draft`, 'half');
    await writeFile(`${file}.mine`, 'not ours');
    const again = await open();
    expect(await others()).toEqual(['session.json.mine']);
    await again.close();
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('says that it could not write because of its rights', async () => {
    const session = await open();
    await chmod(path.dirname(file), 0o500);
    session.declare({ name: 'a', contract: 'A' });
    await expect(session.flush()).rejects.toMatchObject({ code: 'IBKR_SESSION_STORE_WRITE' });
    await chmod(path.dirname(file), 0o700);
    await session.close();
  });

  it('tells about a write that failed, keeps the change, and tries again', async () => {
    const told: string[] = [];
    const session = await open({ onWriteError: (error) => told.push(error.code) });
    // A directory in the place of the file cannot be replaced by a file.
    await mkdir(file);
    session.declare({ name: 'a', contract: 'A' });
    await expect(session.flush()).rejects.toMatchObject({ code: 'IBKR_SESSION_STORE_WRITE', retryable: true });
    expect(told).toEqual(['IBKR_SESSION_STORE_WRITE']);
    expect(await others()).toEqual([]);
    await rm(file, { recursive: true });
    await clock.advance(5_000);
    await vi.waitFor(async () => {
      expect(await onDisk()).toMatchObject({ subscriptions: [{ name: 'a' }] });
    }, { timeout: 20_000 });
    await session.close();
  });

  it('lets go of the file also when the last write fails', async () => {
    const session = await open();
    session.declare({ name: 'a', contract: 'A' });
    await mkdir(file);
    await expect(session.close()).rejects.toMatchObject({ code: 'IBKR_SESSION_STORE_WRITE' });
    await rm(file, { recursive: true });
    await (await open()).close();
  });

  it('checks its options', async () => {
    await expect(open({ file: ' ' })).rejects.toThrow('file');
    await expect(open({ writeDelayMs: 0 })).rejects.toThrow('writeDelayMs');
    await expect(open({ watermarkDelayMs: Number.NaN })).rejects.toThrow('watermarkDelayMs');
  });

  it('keeps the last of many changes that overlap with writes, whatever their order', async () => {
    const session = await open();
    const afterFlush = async (): Promise<number> => {
      await session.flush();
      return Number(/"atMs":(?<at>\d+)/u.exec(JSON.stringify(await onDisk()))?.groups?.['at']);
    };
    const flushed: Promise<number>[] = [];
    for (let n = 1; n <= 50; n += 1) {
      session.advance('a', { atMs: n });
      flushed.push(afterFlush());
      if (n % 7 === 0) await Promise.resolve();
    }
    for (const [index, atMs] of (await Promise.all(flushed)).entries()) expect(atMs).toBeGreaterThanOrEqual(index + 1);
    await session.close();
  });
});

describe('the text of a session', () => {
  it('comes back as it was, and a single changed character is noticed', () => {
    const key = fc.string().filter((text) => text !== '');
    const subscription = fc.record({ name: key, contract: fc.jsonValue(), options: fc.jsonValue() }).map((value): unknown => value);
    const subscriptions = fc.array(subscription.filter(isSubscription), { maxLength: 5 });
    const watermarks = fc.dictionary(key, fc.record({ atMs: fc.integer(), id: fc.string() }));
    fc.assert(
      fc.property(subscriptions, watermarks, fc.nat(), fc.nat(255), (some, marks, at, to) => {
        const state = { subscriptions: some, watermarks: marks };
        const text = encodeSession(state);
        const decoded = decodeSession(text);
        // As text, because JSON knows no negative zero.
        expect(JSON.stringify(decoded)).toBe(JSON.stringify({ ok: true, state }));
        const bytes = Buffer.from(text);
        const body = bytes.indexOf(0x0a) + 1;
        const index = body + (at % (bytes.length - 1 - body));
        if (bytes[index] === to) return;
        bytes[index] = to;
        expect(decodeSession(bytes.toString()).ok).toBe(false);
      }),
    );
  });
});

describe.skipIf(process.platform === 'win32')('a process that is killed while it writes', () => {
  it('leaves an old or a new state, never less than it said was on the disk', async () => {
    const random = seededRandom(20_231_114);
    const clockOfTheMachine = systemClock();
    let kills = 0;
    const lives = async (target: string): Promise<void> => {
      let least = 0;
      for (let life = 0; life < 3; life += 1) {
        const program = new ChildProgram(PROGRAM, [target]);
        expect(await program.next()).toMatch(least === 0 ? /^(?:new|restored) \d+$/u : /^restored \d+$/u);
        await program.next();
        // Any moment: the test does not wait for anything, it chooses where in a write the process dies.
        await sleep(clockOfTheMachine, random.next() * 40);
        await program.kill();
        kills += 1;
        least = Math.max(least, ...program.lines.map(Number));
        const found = decodeSession(await readFile(target, 'utf8'));
        if (!found.ok) throw new Error(found.reason);
        const { atMs } = found.state.watermarks['stream'] ?? { atMs: 0 };
        expect(atMs).toBeGreaterThanOrEqual(least);
        expect(found.state.subscriptions).toMatchObject([{ name: 'stream', options: { n: atMs } }]);
      }
    };
    await Promise.all(Array.from({ length: 4 }, (_, index) => lives(path.join(directory, `${index}.json`))));
    expect(kills).toBe(12);
  }, 60_000);
});
