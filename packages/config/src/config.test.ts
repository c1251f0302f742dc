import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { inspect } from 'node:util';
import { ConfigurationError } from '@ibkit/error-codes';
import type { ConfigurationProblem } from '@ibkit/error-codes';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from './config.js';
import type { ConfigInput } from './config.js';
import { DEFAULT_CONFIG } from './values.js';

function problemsOf(make: () => unknown): readonly ConfigurationProblem[] {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

const ini = (text: string): Config => Config.fromText({ text, format: 'ini', source: 'ib.ini' });

describe('Config', () => {
  it('has the documented defaults', () => {
    const config = new Config();
    expect(config.toObject()).toEqual({ ...DEFAULT_CONFIG, sections: {} });
    expect(config).toMatchObject({ host: '127.0.0.1', clientId: 1, requestTimeoutMs: 60_000, connectionTimeoutMs: 30_000, maxRetries: 3, retryDelayMs: 1000 });
    expect(config).toMatchObject({ maxRequestsPerSecond: 45, logAllMessages: false, tradingMode: 'paper', application: 'gateway', port: undefined });
    expect(config.sourceOf('host')).toBe('default');
  });

  it.each([
    ['tws', 'paper', 7497],
    ['tws', 'live', 7496],
    ['gateway', 'paper', 4002],
    ['gateway', 'live', 4001],
  ] as const)('knows the port of %s %s', (application, tradingMode, port) => {
    expect(new Config({ application, tradingMode }).effectivePort).toBe(port);
    expect(new Config({ application, tradingMode, port: 5000 }).effectivePort).toBe(5000);
  });

  it('has every value under its own name, and all of them as one record', () => {
    const values = {
      host: 'gateway', port: 4004, clientId: 7, tradingMode: 'live', application: 'tws', autoReconnect: false, connectionTimeoutMs: 1, requestTimeoutMs: 2, maxRetries: 4, retryDelayMs: 5, maxRequestsPerSecond: 6,
      accountId: 'U1', allowedAccounts: ['U1'], logLevel: 'debug', logFormat: 'json', logFile: 'a.log', logFileMaxBytes: 2048, logFileCount: 8, logFileRotateAfterMs: 9000, logFileKeepForMs: 10_000,
      logAccounts: true, logOrders: true, logAllMessages: true, gatewayPath: '/opt/gateway',
    } as const satisfies ConfigInput;
    const config = new Config(values);
    expect(config).toMatchObject(values);
    expect([config.paperTrading, config.useGateway]).toEqual([false, false]);
    expect([new Config().paperTrading, new Config().useGateway]).toEqual([true, true]);
    expect(config.toObject()).toEqual({ ...values, sections: {} });
    expect(config.toJSON()).toMatchObject({ host: 'gateway', port: 4004 });
  });

  it('refuses values and keys from code as it does from anywhere', () => {
    const odd: object = { clientID: 3 };
    expect(problemsOf(() => new Config({ port: 70_000, ...odd }))).toEqual([
      { path: 'connection.port', value: 70_000, rule: 'must be a whole number from 1 to 65535', source: 'code' },
      { path: 'clientID', rule: 'is not a known key', source: 'code' },
    ]);
  });

  it('refuses numbers that are none', () => {
    const numbers = ['port', 'clientId', 'connectionTimeoutMs', 'requestTimeoutMs', 'maxRetries', 'retryDelayMs', 'maxRequestsPerSecond', 'logFileMaxBytes', 'logFileCount', 'logFileRotateAfterMs', 'logFileKeepForMs'];
    const values: object = Object.fromEntries(numbers.map((key) => [key, Number.NaN]));
    expect(problemsOf(() => new Config({ ...values }))).toHaveLength(numbers.length);
    expect(problemsOf(() => new Config({ requestTimeoutMs: Number.POSITIVE_INFINITY }))).toHaveLength(1);
  });

  it('puts code on top without changing the original', () => {
    const config = new Config({ host: 'a', clientId: 7 });
    expect(config.with({ host: 'b' })).toMatchObject({ host: 'b', clientId: 7 });
    expect(config.host).toBe('a');
  });

  it('merges only what the other one sets', () => {
    const merged = new Config({ host: 'a', clientId: 7 }).merge(ini('host = b\n[bot]\nspread = 2'));
    expect(merged).toMatchObject({ host: 'b', clientId: 7, sections: { bot: { spread: '2' } } });
  });

  it('hides accounts and the user’s own values when it is printed, and nothing when it is asked', () => {
    const config = new Config({ accountId: 'DU1234567', allowedAccounts: ['DU1234567'], sections: { bot: { key: 's3cret' } } });
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) expect(text).not.toMatch(/DU1234567|s3cret/u);
    expect(config.toObject().accountId).toBe('DU1234567');
  });

  it('wants the account to be in the allow-list', () => {
    const problems = problemsOf(() => new Config({ accountId: 'DU1', allowedAccounts: ['DU2'] }));
    expect(problems).toMatchObject([{ path: 'account.account_id' }]);
    expect(JSON.stringify(problems)).not.toContain('DU');
  });
});

describe('fromText', () => {
  it('reads sections, spellings and units', () => {
    const config = ini('[connection]\nhost = box.lan ; the server\nport=7496\nclientId = 4\nuse_gateway = no\npaper_trading = false\nrequest_timeout = 90\nretry-delay = 250ms\n[logging]\nlog_level = WARNING\nlog_all_messages = yes\n[account]\nallowed_accounts = U1, U2\n');
    expect(config).toMatchObject({ host: 'box.lan', port: 7496, clientId: 4, application: 'tws', tradingMode: 'live', requestTimeoutMs: 90_000, retryDelayMs: 250 });
    expect(config).toMatchObject({ logLevel: 'warn', logAllMessages: true, allowedAccounts: ['U1', 'U2'] });
    expect(config.sourceOf('host')).toBe('ib.ini');
  });

  it('reads JSON, flat or in sections', () => {
    const text = JSON.stringify({ host: 'h', connection: { requestTimeoutMs: 1500, connection_timeout: 5 }, bot: { size: 3, on: true } });
    const config = Config.fromText({ text, format: 'json' });
    expect(config).toMatchObject({ host: 'h', requestTimeoutMs: 1500, connectionTimeoutMs: 5000, sections: { bot: { size: '3', on: 'true' } } });
  });

  it('reports every problem at once, with path, value, rule and source', () => {
    expect(problemsOf(() => ini('[connection]\nport = many\nhots = x\nmax_retries = -1\n[account]\naccount_id = D U\n[bot]\n9lives = 1'))).toEqual([
      { path: 'connection.port', value: 'many', rule: 'must be a whole number from 1 to 65535', source: 'ib.ini' },
      { path: 'connection.hots', rule: 'is not a known key; put keys of your own into a section of your own', source: 'ib.ini' },
      { path: 'connection.max_retries', value: -1, rule: 'must be a whole number from 0 to 1000', source: 'ib.ini' },
      { path: 'account.account_id', rule: 'must be an account id of letters and digits', source: 'ib.ini' },
      { path: 'bot.9lives', rule: 'must begin with a letter and have only letters, digits, - and _', source: 'ib.ini' },
    ]);
  });

  it.each(['{"host":', '[1]', '"x"', ''])('refuses JSON that is no object: %s', (text) => {
    expect(problemsOf(() => Config.fromText({ text, format: 'json', source: 'x.json' }))).toEqual([{ path: 'file', rule: 'must be a JSON object', source: 'x.json' }]);
  });

  it('is not fooled by names of the language', () => {
    const config = Config.fromText({ text: '{"constructor":{"toString":"x"},"__proto__":{"host":"evil"}}'.replace('"__proto__"', '"bot"'), format: 'json' });
    expect(config.section('constructor')).toEqual({ toString: 'x' });
    expect(config.section('hasOwnProperty')).toEqual({});
    expect(problemsOf(() => Config.fromText({ text: '{"__proto__":{"host":"evil"}}', format: 'json' }))).toHaveLength(1);
  });

  it('warns of a section of the user’s own that is about the gateway, whose values are not used', () => {
    const config = ini('[IBKR]\nhost = elsewhere\nclient_id = 3\nstrategy = dips\n[bot]\nhost = 0.0.0.0\n');
    expect([config.host, config.clientId]).toEqual(['127.0.0.1', 1]);
    expect(config.warnings.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      'IBKR.host is in a section of your own and was not used; connection.host is', 'IBKR.client_id is in a section of your own and was not used; connection.client_id is',
    ]);
  });

  it('hands a section of the user’s own to a parser', () => {
    const config = ini('[bot]\nsize = 3');
    const parser = { parse: (value: unknown) => ({ size: Number(new Map(Object.entries(value ?? {})).get('size')) }) };
    expect(config.parseSection('bot', parser)).toEqual({ size: 3 });
    const refusing = {
      parse: () => {
        throw new Error('size is secret');
      },
    };
    expect(problemsOf(() => config.parseSection('bot', refusing))).toEqual([{ path: '[bot]', rule: 'must fit the rules of its section' }]);
  });
});

describe('fromEnv', () => {
  it('reads the known names, and IBKIT_ wins', () => {
    const config = Config.fromEnv({ IB_HOST: 'a', IB_PORT: '7497', IB_CLIENT_ID: '3', IBKIT_HOST: 'b', IBKIT_REQUEST_TIMEOUT: '10s', IBKIT_TRADING_MODE: 'live', PATH: '/bin' });
    expect(config).toMatchObject({ host: 'b', port: 7497, clientId: 3, requestTimeoutMs: 10_000, tradingMode: 'live', warnings: [] });
    expect(config.sourceOf('host')).toBe('IBKIT_HOST in the environment');
  });

  it('takes an empty variable for an unset one', () => {
    expect(Config.fromEnv({ IB_PORT: '', IBKIT_HOST: ' ' })).toMatchObject({ port: undefined, host: '127.0.0.1' });
  });

  it('warns of variables that look like ours', () => {
    expect(Config.fromEnv({ IBKIT_PROT: '1' }).warnings).toEqual([{ path: 'prot', rule: 'is not a known key and was ignored', source: 'IBKIT_PROT in the environment' }]);
  });

  it('knows the variables of the programs, and takes none of them from .env', async () => {
    const variables = { IBKIT_STATE_DIR: '/s', IBKIT_TOKEN: 't', IBKIT_DAEMON_URL: 'http://127.0.0.1:1', IBKIT_DAEMON_PROGRAM: '/p', IBKIT_CONFIG: '' };
    expect(Config.fromEnv(variables).warnings).toEqual([]);
    const dotenv = Object.entries(variables).map(([name, value]) => `${name}=${value}`).join('\n');
    const { warnings } = await Config.load({ dotenv });
    expect(warnings.map(({ path, rule }) => `${path} ${rule}`)).toEqual(['state_dir', 'token', 'daemon_url', 'daemon_program', 'config'].map((name) => `${name} is not taken from .env: use the configuration file, the environment or a flag`));
  });

  it('lets .env set connection values, below the environment', () => {
    const config = Config.fromEnv({ IB_HOST: 'real' }, { dotenv: '# mine\nIB_HOST=file\nIB_PORT=7497 # paper\nIB_CLIENT_ID="5"\nIBKIT_TRADING_MODE=paper' });
    expect(config).toMatchObject({ host: 'real', port: 7497, clientId: 5, tradingMode: 'paper', warnings: [] });
  });

  it('never lets .env set live mode, live ports, accounts, allow-lists or programs', () => {
    const dotenv = ['IBKIT_TRADING_MODE=live', 'IBKIT_LIVE=1', 'IBKIT_PAPER_TRADING=no', 'IB_PORT=4001', 'IBKIT_ACCOUNT_ID=U1', 'IBKIT_ALLOWED_ACCOUNTS=U1', 'IBKIT_GATEWAY_PATH=/tmp/evil'].join('\n');
    const config = Config.fromEnv({}, { dotenv });
    expect(config.toObject()).toEqual(new Config().toObject());
    expect(config.warnings.map(({ path }) => path)).toEqual([
      'connection.port', 'connection.trading_mode', 'connection.trading_mode', 'connection.trading_mode', 'account.account_id', 'account.allowed_accounts', 'gateway.gateway_path',
    ]);
    expect(JSON.stringify(config.warnings)).not.toContain('U1');
  });
});

describe('fromArgs', () => {
  it('reads long flags in both spellings, and switches', () => {
    const config = Config.fromArgs(['positions', '--host', 'h', '--port=4002', '--tws', '--debug', '--client-id', '9', '--request-timeout', '5s', '--no-auto-reconnect', '--', '--host', 'x']);
    expect(config).toMatchObject({ host: 'h', port: 4002, application: 'tws', logLevel: 'debug', clientId: 9, requestTimeoutMs: 5000, autoReconnect: false });
    expect(config.sourceOf('host')).toBe('--host');
  });

  it('reads a record, where an unset switch says nothing', () => {
    expect(Config.fromArgs({ host: 'h', clientId: 3, live: true, paper: false, tws: undefined, logLevel: 'error' })).toMatchObject({ host: 'h', clientId: 3, tradingMode: 'live', logLevel: 'error' });
  });

  it('knows the flags of the original tool', () => {
    expect(Config.fromArgs(['--trading-mode', 'live', '--gateway-path', '/opt/ibg'])).toMatchObject({ tradingMode: 'live', gatewayPath: '/opt/ibg' });
  });

  it('reports unknown flags, missing values and contradictions', () => {
    expect(problemsOf(() => Config.fromArgs(['--prot', '1', '--host', '--paper', '--live'])).map(({ path }) => path)).toEqual(['--paper', '--prot', 'connection.host']);
    expect(Config.fromArgs(['--symbol', 'AAPL'], { unknown: 'ignore' }).host).toBe('127.0.0.1');
  });
});

describe('files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ibkit-config-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('layers everything: file, .env, environment, flags, code', async () => {
    const file = join(folder, 'ib.ini');
    await writeFile(file, 'host = f\nclient_id = 1\nmax_retries = 1\nlog_level = error\nretry_delay = 9s\n[account]\naccount_id = U1\n');
    const config = await Config.load({
      file,
      dotenv: 'IBKIT_CLIENT_ID=2\nIBKIT_MAX_RETRIES=2\nIBKIT_LOG_LEVEL=warn\nIBKIT_RETRY_DELAY=8s',
      env: { IBKIT_MAX_RETRIES: '3', IBKIT_LOG_LEVEL: 'info', IBKIT_RETRY_DELAY: '7s' },
      args: ['watch', '--log-level', 'debug', '--retry-delay', '6s', '--symbol', 'X'],
      values: { retryDelayMs: 5 },
    });
    expect(config).toMatchObject({ host: 'f', clientId: 2, maxRetries: 3, logLevel: 'debug', retryDelayMs: 5, accountId: 'U1' });
  });

  it('finds the file in --config before IBKIT_CONFIG', async () => {
    const [one, two] = [join(folder, 'one.ini'), join(folder, 'two.json')];
    await writeFile(one, 'host = one');
    await writeFile(two, '{"host":"two"}');
    expect((await Config.load({ env: { IBKIT_CONFIG: one } })).host).toBe('one');
    expect((await Config.load({ env: { IBKIT_CONFIG: one }, args: ['--config', two] })).host).toBe('two');
    expect((await Config.load({ env: { IBKIT_CONFIG: '' } })).host).toBe('127.0.0.1');
  });

  it('reports the problems of all layers at once', async () => {
    const file = join(folder, 'ib.ini');
    await writeFile(file, 'port = x');
    const failed: unknown = await Config.load({ file, env: { IB_CLIENT_ID: '-1' }, args: ['--log-level', 'loud'] }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConfigurationError);
    expect(String(failed)).toMatch(/connection\.port.*\n.*connection\.client_id.*IB_CLIENT_ID in the environment.*\n.*logging\.log_level.*--log-level/u);
  });

  it('says so when the file is missing, unless it may be', async () => {
    const file = join(folder, 'none.ini');
    await expect(Config.fromFile(file)).rejects.toThrow(/file must exist, got ".*none\.ini"/u);
    await expect(Config.load({ file: folder })).rejects.toThrow('file must be readable');
    await expect(Config.load({ file, fileOptional: true })).resolves.toMatchObject({ host: '127.0.0.1' });
  });

  it('writes a file for its owner only, and leaves nothing else behind', async () => {
    const file = join(folder, 'ib.ini');
    await writeFile(file, 'host = old', { mode: 0o644 });
    await new Config({ host: 'new' }).toFile(file);
    expect(await readFile(file, 'utf8')).toBe('host = new\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['ib.ini']);
  });

  it('writes through a symbolic link', async () => {
    const [file, link] = [join(folder, 'real.ini'), join(folder, 'link.ini')];
    await writeFile(file, 'host = old');
    await symlink(file, link);
    await new Config({ host: 'new' }).toFile(link);
    expect(await readFile(file, 'utf8')).toBe('host = new\n');
  });

  it('fails without a trace when the folder does not exist', async () => {
    await expect(new Config().toFile(join(folder, 'no', 'ib.ini'))).rejects.toThrow('ENOENT');
  });

  it('keeps comments, order and lines that already say the same', async () => {
    const file = join(folder, 'ib.ini');
    const before = '; my gateway\nhost = box ; in the cellar\n\n[connection]\n# slow line\nrequest_timeout = 60\nport = 4002\n\n[bot]\n; tuned by hand\nspread = 2\nold = 1\n';
    await writeFile(file, before);
    const config = await Config.fromFile(file);
    await config.toFile(file);
    expect(await readFile(file, 'utf8')).toBe(before);
    await config.with({ port: 4003, clientId: 8, sections: { bot: { size: 5 }, other: { path: 'C:\\x;y' } } }).toFile(file);
    expect(await readFile(file, 'utf8')).toBe(
      '; my gateway\nhost = box ; in the cellar\n\n[connection]\n# slow line\nrequest_timeout = 60\nport = 4003\nclient_id = 8\n\n[bot]\n; tuned by hand\nspread = 2\nold = 1\nsize = 5\n\n[other]\npath = "C:\\\\x;y"\n',
    );
  });

  it('keeps the comment behind a value that it changes', async () => {
    const file = join(folder, 'ib.ini');
    await writeFile(file, 'port = 4002 ; the paper one\nhost=a # there\nmax_retries = 1;2\n[bot]\npath = x\\;y ; quoted soon\nold = "a;b"\n');
    const config = await Config.fromFile(file);
    await config.with({ port: 4003, host: 'b', maxRetries: 5, sections: { bot: { path: 'c;d', old: 'e' } } }).toFile(file);
    const text = 'port = 4003 ; the paper one\nhost = b # there\nmax_retries = 5 ;2\n[bot]\n; quoted soon\npath = "c;d"\nold = e\n';
    expect(await readFile(file, 'utf8')).toBe(text);
    const again = await Config.fromFile(file);
    expect(again).toMatchObject({ port: 4003, host: 'b', maxRetries: 5, sections: { bot: { path: 'c;d', old: 'e' } } });
    await again.toFile(file);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it.skipIf(process.platform === 'win32')('warns of a file that others may change, or read although it holds accounts or sections of the user', async () => {
    const warned = async (text: string, mode: number): Promise<string | undefined> => {
      const file = join(folder, 'ib.ini');
      await writeFile(file, text);
      await chmod(file, mode);
      const { warnings } = await Config.fromFile(file);
      expect(JSON.stringify(warnings)).not.toContain('U1234567');
      return warnings[0]?.rule;
    };
    const readable = expect.stringContaining('should be readable by its owner only') as unknown;
    const writable = expect.stringContaining('should be writable by its owner only') as unknown;
    expect([await warned('host = a', 0o644), await warned('account_id = U1234567', 0o600)]).toEqual([undefined, undefined]);
    expect([await warned('account_id = U1234567', 0o640), await warned('[bot]\nkey = U1234567', 0o604)]).toEqual([readable, readable]);
    expect([await warned('host = a', 0o664), await warned('host = a', 0o602)]).toEqual([writable, writable]);
  });

  it('keeps the line ends of the file', async () => {
    const file = join(folder, 'ib.ini');
    await writeFile(file, '; a\r\nhost = a\r\n');
    await new Config({ host: 'b', port: 4002 }).toFile(file);
    expect(await readFile(file, 'utf8')).toBe('; a\r\nhost = b\r\n\r\n[connection]\r\nport = 4002\r\n');
  });
});

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,11}$/u).filter((text) => !['connection', 'account', 'logging', 'gateway'].includes(text.toLowerCase()));
// eslint-disable-next-line no-control-regex
const value = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\u0000-\u001f\u007f]/u.test(text));
const path = value.filter((text) => text !== '' && text.trim() === text);
const account = fc.stringMatching(/^[A-Za-z0-9._-]{1,10}$/u);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const durationMs = fc.oneof(fc.integer({ min: 1, max: 2_147_483_647 }), fc.double({ min: 1, max: 2_147_483_647, noNaN: true }));

const input: fc.Arbitrary<ConfigInput> = fc.record({
  host: optional(fc.stringMatching(/^[A-Za-z0-9.:_-]{1,20}$/u)),
  port: optional(fc.integer({ min: 1, max: 65_535 })),
  clientId: optional(fc.nat()),
  tradingMode: optional(fc.constantFrom('paper', 'live')),
  application: optional(fc.constantFrom('gateway', 'tws')),
  autoReconnect: optional(fc.boolean()),
  connectionTimeoutMs: optional(durationMs),
  requestTimeoutMs: optional(durationMs),
  maxRetries: optional(fc.integer({ min: 0, max: 1000 })),
  retryDelayMs: optional(fc.double({ min: 0, max: 2_147_483_647, noNaN: true }).map((ms) => (Object.is(ms, -0) ? 0 : ms))),
  maxRequestsPerSecond: optional(fc.double({ min: Number.MIN_VALUE, max: 1000, noNaN: true })),
  allowedAccounts: optional(fc.array(account, { maxLength: 4 })),
  logLevel: optional(fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')),
  logFormat: optional(fc.constantFrom('auto', 'json', 'pretty')),
  logFile: optional(path),
  logFileMaxBytes: optional(fc.integer({ min: 1024 })),
  logFileCount: optional(fc.integer({ min: 0, max: 1000 })),
  logFileRotateAfterMs: optional(fc.integer({ min: 1000, max: 315_360_000_000 })),
  logFileKeepForMs: optional(fc.integer({ min: 1000, max: 315_360_000_000 })),
  logAccounts: optional(fc.boolean()),
  logOrders: optional(fc.boolean()),
  logAllMessages: optional(fc.boolean()),
  gatewayPath: optional(path),
  sections: fc.dictionary(name, fc.dictionary(name, value, { maxKeys: 4, minKeys: 1 }), { maxKeys: 3 }),
});

describe('every configuration', () => {
  it('comes back from its text, INI or JSON', () => {
    fc.assert(
      fc.property(input, fc.constantFrom('ini', 'json'), (values, format) => {
        const config = new Config(values);
        expect(Config.fromText({ text: config.toText(format), format }).toObject()).toEqual(config.toObject());
      }),
      { numRuns: 300 },
    );
  });

  it('comes back from a file that held another one before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ibkit-config-'));
    const file = join(folder, 'ib.ini');
    try {
      await fc.assert(
        fc.asyncProperty(input, input, async (before, after) => {
          await rm(file, { force: true });
          await new Config(before).toFile(file);
          const config = new Config(after);
          await config.toFile(file);
          expect((await Config.fromFile(file)).toObject()).toEqual(config.toObject());
        }),
        { numRuns: 60 },
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('either is made or says what is wrong, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom('ini', 'json'), (text, format) => {
        expect(problemsOf(() => Config.fromText({ text, format })).length).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
