import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import type { LoggerOptions, RootLogger } from './create-logger.js';
import { getContextualLogger, getLogger, silentLogger } from './logger.js';
import { loggerOptions } from './logger-options.js';

interface Captured {
  readonly log: RootLogger;
  readonly lines: string[];
  readonly records: () => Record<string, unknown>[];
}

function capture(options: LoggerOptions & { readonly isTTY?: boolean } = {}): Captured {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line), isTTY: options.isTTY };
  const log = createLogger({ clock: createTestClock({ nowMs: 1_000 }), destination, ...options });
  return { log, lines, records: () => lines.map((line): Record<string, unknown> => ({ ...parsed(line) })) };
}

function parsed(line: string): object {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? value : {};
}

describe('createLogger', () => {
  it('writes JSON lines with level, time, facts and message', () => {
    const { log, lines } = capture();
    log.info({ clientId: 1 }, 'connected');
    log.warn('only words');
    log.error({ code: 'IBKR_X' });
    expect(lines).toEqual([
      '{"level":"info","time":1000,"clientId":1,"msg":"connected"}\n',
      '{"level":"warn","time":1000,"msg":"only words"}\n',
      '{"level":"error","time":1000,"code":"IBKR_X"}\n',
    ]);
  });

  it('writes what is at its level or above', () => {
    const { log, records } = capture({ level: 'warn' });
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](level);
    expect(records().map(({ level }) => level)).toEqual(['warn', 'error', 'fatal']);
    expect([log.isEnabled('info'), log.isEnabled('warn'), log.isEnabled('silent')]).toEqual([false, true, false]);
  });

  it('writes nothing when silent', () => {
    const { log, lines } = capture({ level: 'silent' });
    log.fatal('x');
    expect(lines).toEqual([]);
  });

  it('shows its context on every line, masked', () => {
    const { log, records } = capture({ context: { app: 'bot' } });
    const orders = log.getContextualLogger('orders', { accountId: 'DU1234567' });
    orders.info('placed');
    orders.child({ key: 'k1' }).warn({ symbol: 'AAPL' }, 'late for DU1234567');
    expect(records()).toEqual([
      { level: 'info', time: 1000, app: 'bot', name: 'orders', accountId: 'DU***567', msg: 'placed' },
      { level: 'warn', time: 1000, app: 'bot', name: 'orders', accountId: 'DU***567', key: 'k1', symbol: 'AAPL', msg: 'late for DU***567' },
    ]);
  });

  it('shows accounts in full only when it is told to', () => {
    const { log, records } = capture({ showAccounts: true });
    getContextualLogger(log, 'orders', { accountId: 'DU1234567' }).info('for DU1234567');
    expect(records()).toMatchObject([{ accountId: 'DU1234567', msg: 'for DU1234567' }]);
  });

  it('has each name once on a line, the nearest one', () => {
    const { log, lines } = capture();
    const inner = getLogger(getLogger(log, 'outer'), 'inner').child({ clientId: 1 });
    inner.info({ clientId: 2, time: 5, level: 'x', msg: 'y' }, 'hello');
    inner.info('again');
    expect(lines).toEqual([
      '{"level":"info","time":1000,"name":"inner","clientId":2,"time_":5,"level_":"x","msg_":"y","msg":"hello"}\n',
      '{"level":"info","time":1000,"name":"inner","clientId":1,"msg":"again"}\n',
    ]);
  });

  it('takes a message as it is, also with signs of formats', () => {
    const { log, records } = capture();
    log.info({}, '100 %d %s %j done');
    expect(records()).toMatchObject([{ msg: '100 %d %s %j done' }]);
  });

  it('works when its methods are taken off it', () => {
    const { log, lines } = capture();
    const { info } = log.getLogger('x');
    info('ok');
    expect(lines).toHaveLength(1);
  });

  it('never throws: not for a broken destination, and not for values that do', () => {
    const failures: unknown[] = [];
    const destination = {
      write: () => {
        throw new Error('pipe closed');
      },
    };
    const log = createLogger({ destination, onError: (error) => failures.push(error) });
    log.info('x');
    const trap = {
      get bad(): string {
        throw new Error('getter');
      },
    };
    log.info(trap, 'y');
    log.child(trap).info('z');
    expect(log.failures).toBe(5);
    expect(failures).toHaveLength(5);
  });

  it('takes every value and writes one line of JSON for it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.string(), (fields, message) => {
        const { log, lines } = capture();
        log.info(fields, message);
        expect(lines).toHaveLength(1);
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
        expect(parsed(lines[0] ?? '')).toMatchObject({ level: 'info' });
      }),
    );
  });

  it('refuses a level, a format and limits that do not exist', () => {
    const odd: object = { level: 'loud' };
    expect(() => createLogger({ ...odd })).toThrow('level must be one of trace, debug, info, warn, error, fatal, silent, got "loud"');
    const oddFormat: object = { format: 'xml' };
    expect(() => createLogger({ ...oddFormat })).toThrow('format must be one of');
    expect(() => createLogger({ file: { path: '/nowhere', maxSizeBytes: 1 } })).toThrow('file.maxSizeBytes must be a whole number from 1024');
    for (const [field, value] of [['maxSizeBytes', Number.NaN], ['maxFiles', Number.NaN], ['rotateAfterMs', Number.NaN], ['rotateAfterMs', 0], ['keepForMs', Number.NaN]] as const) {
      expect(() => createLogger({ file: { path: '/nowhere', [field]: value } })).toThrow(`file.${field} must be`);
    }
  });
});

describe('pretty lines', () => {
  it('are what a terminal gets, in colours', () => {
    const { log, lines } = capture({ isTTY: true });
    log.getLogger('core').info({ clientId: 1, note: 'two words' }, 'connected');
    expect(lines).toEqual([
      '\u001b[2m1970-01-01 00:00:01.000Z\u001b[0m \u001b[32mINFO \u001b[0m core: connected \u001b[2mclientId=1\u001b[0m \u001b[2mnote="two words"\u001b[0m\n',
    ]);
  });

  it('can be had elsewhere, without colours', () => {
    const { log, lines } = capture({ format: 'pretty' });
    log.error({ error: new Error('it broke\nbadly') }, 'stop');
    const [line = ''] = lines;
    expect(line.split('\n')[0]).toBe('1970-01-01 00:00:01.000Z ERROR stop error={"name":"Error","message":"it broke\\nbadly"}');
    expect(line).toContain('\n    at ');
  });

  it('cannot be forged by a value', () => {
    const { log, lines } = capture({ format: 'pretty' });
    log.info({ 'a b\n': 'x\n1970 INFO fake', symbol: '\u001b[2J' }, 'real\nfake');
    expect(lines[0]?.split('\n')).toHaveLength(2);
    expect(lines[0]).not.toContain('\u001b');
  });

  it('are JSON on a terminal when that is asked', () => {
    const { log, records } = capture({ isTTY: true, format: 'json' });
    log.info('x');
    expect(records()).toMatchObject([{ msg: 'x' }]);
  });
});

describe('the file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ibkit-logger-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const numbersIn = async (path: string): Promise<number[]> =>
    (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Number(new Map<string, unknown>(Object.entries(parsed(line))).get('n')));

  it('gets JSON, for its owner only, in a folder that it makes', async () => {
    const path = join(folder, 'logs', 'ibkit.log');
    const log = createLogger({ destination: 'none', format: 'pretty', file: { path } });
    log.info({ accountId: 'DU1234567' }, 'x');
    expect(parsed(await readFile(path, 'utf8'))).toMatchObject({ accountId: 'DU***567', msg: 'x' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await log.close();
  });

  it('rotates by size and loses nothing', async () => {
    const path = join(folder, 'ibkit.log');
    const log = createLogger({ destination: 'none', file: { path, maxSizeBytes: 2048, maxFiles: 100 } });
    for (let n = 0; n < 500; n += 1) log.info({ n, filler: 'x'.repeat(n % 90) });
    await log.close();
    const files = await readdir(folder);
    expect(files.length).toBeGreaterThan(5);
    const oldestFirst = [...files].sort((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
    const numbers: number[] = [];
    for (const file of oldestFirst) {
      expect((await stat(join(folder, file))).size).toBeLessThanOrEqual(2048);
      numbers.push(...(await numbersIn(join(folder, file))));
    }
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  it('keeps as many old files as it may', async () => {
    const path = join(folder, 'ibkit.log');
    const log = createLogger({ destination: 'none', file: { path, maxSizeBytes: 1024, maxFiles: 2 } });
    for (let n = 0; n < 200; n += 1) log.info({ n });
    await log.close();
    expect((await readdir(folder)).sort()).toEqual(['ibkit.log', 'ibkit.log.1', 'ibkit.log.2']);
    expect((await numbersIn(path)).at(-1)).toBe(199);
  });

  it('can keep no old file at all', async () => {
    const path = join(folder, 'ibkit.log');
    const log = createLogger({ destination: 'none', file: { path, maxSizeBytes: 1024, maxFiles: 0 } });
    for (let n = 0; n < 100; n += 1) log.info({ n });
    await log.close();
    expect(await readdir(folder)).toEqual(['ibkit.log']);
    expect((await numbersIn(path)).at(-1)).toBe(99);
  });

  it('rotates by age', async () => {
    const path = join(folder, 'ibkit.log');
    const clock = createTestClock();
    const log = createLogger({ destination: 'none', clock, file: { path, rotateAfterMs: 60_000 } });
    for (let n = 0; n < 5; n += 1) {
      log.info({ n });
      await clock.advance(30_000);
    }
    await log.close();
    expect([await numbersIn(`${path}.2`), await numbersIn(`${path}.1`), await numbersIn(path)]).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('removes old files that are older than it shall keep them', async () => {
    const path = join(folder, 'ibkit.log');
    for (const number of [1, 2]) await writeFile(`${path}.${number}`, '');
    const aDayAgo = Date.now() / 1000 - 86_400; // eslint-disable-line no-restricted-properties -- the time of the file system
    await utimes(`${path}.2`, aDayAgo, aDayAgo);
    const log = createLogger({ destination: 'none', file: { path, keepForMs: 3_600_000 } });
    await log.close();
    expect((await readdir(folder)).sort()).toEqual(['ibkit.log', 'ibkit.log.1']);
  });

  it('can be one for each process', async () => {
    const log = createLogger({ destination: 'none', file: { path: join(folder, 'ibkit-{pid}.log') } });
    await log.close();
    expect(await readdir(folder)).toEqual([`ibkit-${process.pid}.log`]);
  });

  it('takes the lines of many threads at once, rotating all the while, and loses none', async () => {
    const path = join(folder, 'ibkit.log');
    const [threads, lines, maxSizeBytes] = [4, 1500, 16_384];
    const file = { path, maxSizeBytes, maxFiles: 1000 };
    await Promise.all(
      Array.from({ length: threads }, (_, thread) => once(new Worker(new URL('testing/writing-thread.mjs', import.meta.url), { workerData: { thread, lines, file } }), 'exit')),
    );
    const files = await readdir(folder);
    expect(files).not.toContain('ibkit.log.lock');
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    const records = texts.flatMap((text) => text.split('\n').filter((line) => line !== '')).map((line) => parsed(line) as { readonly thread: number; readonly n: number });
    const counted = new Set(records.map(({ thread, n }) => `${thread} ${n}`));
    expect([records.length, counted.size]).toEqual([threads * lines, threads * lines]);
    // About 35 of them; a busy machine may leave out a rotation, but nobody rotates what another one just did.
    expect(files.length).toBeGreaterThan(3);
    expect(files.length).toBeLessThan(80);
  });

  it('follows the file when somebody else puts it aside', async () => {
    const path = join(folder, 'ibkit.log');
    const log = createLogger({ destination: 'none', file: { path } });
    log.info({ n: 1 });
    await rename(path, `${path}.moved`);
    log.info({ n: 2 });
    await log.close();
    expect([await numbersIn(`${path}.moved`), await numbersIn(path)]).toEqual([[1], [2]]);
  });

  const fill = (path: string): RootLogger => {
    const log = createLogger({ destination: 'none', file: { path, maxSizeBytes: 1024 } });
    for (let n = 0; n < 30; n += 1) log.info({ n });
    return log;
  };

  it.each([
    ['whose process is gone', '2147483646', false],
    ['that is old', String(process.pid), true],
  ])('takes over a lock %s', async (_, content, old) => {
    const path = join(folder, 'ibkit.log');
    await writeFile(`${path}.lock`, content);
    if (old) await utimes(`${path}.lock`, 1, 1);
    const log = fill(path);
    await log.close();
    expect([(await readdir(folder)).sort(), log.failures]).toEqual([['ibkit.log', 'ibkit.log.1'], 0]);
  });

  it('writes on into the same file while somebody else holds the lock, and says so once per size', async () => {
    const path = join(folder, 'ibkit.log');
    await writeFile(`${path}.lock`, String(process.pid));
    const log = fill(path);
    await log.close();
    expect([(await readdir(folder)).sort(), log.failures]).toEqual([['ibkit.log', 'ibkit.log.lock'], 1]);
    expect(await numbersIn(path)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it('goes on behind what a former run wrote', async () => {
    const path = join(folder, 'ibkit.log');
    for (const n of [1, 2]) {
      const log = createLogger({ destination: 'none', file: { path } });
      log.info({ n });
      await log.close();
    }
    expect(await numbersIn(path)).toEqual([1, 2]);
  });

  it('keeps writing when it cannot rotate', async () => {
    const path = join(folder, 'ibkit.log');
    await mkdir(join(folder, 'ibkit.log.1'));
    await writeFile(join(folder, 'ibkit.log.1', 'keep'), '');
    const failures: unknown[] = [];
    const log = createLogger({ destination: 'none', file: { path, maxSizeBytes: 1024, maxFiles: 1 }, onError: (error) => failures.push(error) });
    for (let n = 0; n < 100; n += 1) log.info({ n });
    await log.close();
    expect(await numbersIn(path)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    // Once per size, not once per line.
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThan(5);
  });

  it('says at once when it cannot be opened', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(() => createLogger({ destination: 'none', file: { path: join(folder, 'file', 'x.log') } })).toThrow(/ENOTDIR|EEXIST/u);
    await chmod(folder, 0o700);
  });

  it('is flushed and closed once; later lines are counted', async () => {
    const path = join(folder, 'ibkit.log');
    const log = createLogger({ destination: 'none', file: { path } });
    log.info('x');
    await log.flush();
    await Promise.all([log.close(), log.close()]);
    await log[Symbol.asyncDispose]();
    await log.flush();
    log.info('too late');
    expect(log.failures).toBe(1);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2);
  });
});

describe('silentLogger', () => {
  it('takes everything and writes nothing', () => {
    const log = silentLogger().child({ a: 1 });
    log.fatal({ a: 1 }, 'x');
    expect(log.isEnabled('fatal')).toBe(false);
  });
});

describe('loggerOptions', () => {
  it('takes level, format, file and accounts from a configuration', () => {
    const config = { logLevel: 'debug', logFormat: 'json', logFile: '/x', logFileMaxBytes: 5000, logFileCount: 2, logAccounts: true } as const;
    expect(loggerOptions(config)).toEqual({ level: 'debug', format: 'json', showAccounts: true, showOrders: false, file: { path: '/x', maxSizeBytes: 5000, maxFiles: 2 } });
    expect(loggerOptions({ ...config, logOrders: true, logFileRotateAfterMs: 86_400_000, logFileKeepForMs: 604_800_000 })).toMatchObject({
      showOrders: true,
      file: { rotateAfterMs: 86_400_000, keepForMs: 604_800_000 },
    });
    expect(loggerOptions({ ...config, logFile: undefined }).file).toBeUndefined();
  });
});
