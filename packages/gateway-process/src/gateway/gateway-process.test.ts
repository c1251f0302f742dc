import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { livenessOf, thisProcess } from '@ibkit/process-lock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { directDriver } from '../drivers/direct-driver.js';
import { externalDriver } from '../drivers/external-driver.js';
import { ibcDriver } from '../ibc/ibc-driver.js';
import type { GatewayPhase } from '../machine/gateway-state.js';
import { probeApi } from '../probe/api-probe.js';
import { readRecord } from '../process/process-record.js';
import { Scratch } from '../testing/scratch.js';
import type { GatewayProcessOptions } from './gateway-options.js';
import { GatewayProcess } from './gateway-process.js';

const PASSWORD = 'hunter2-very-secret';
/** A Wednesday, noon in New York: the gateway restarts by itself at another time, whenever the tests run. */
const NOON_MS = Date.UTC(2026, 10, 18, 17);
/** Nine o'clock of the next day. */
const NEXT_MORNING_MS = Date.UTC(2026, 10, 19, 14);

let scratch: Scratch;
let open: GatewayProcess[];

beforeEach(async () => {
  scratch = await Scratch.make();
  open = [];
});

afterEach(async () => {
  for (const gateway of open) await gateway.close();
  await using last = make();
  await last.open();
  if (last.status().pid !== undefined) await last.stop();
  await scratch[Symbol.asyncDispose]();
});

function make(upTo = 'ready', options: Partial<GatewayProcessOptions> = {}): GatewayProcess {
  return new GatewayProcess({
    driver: directDriver({ gatewayPath: scratch.program, args: scratch.args(upTo), signs: ibcSigns() }),
    stateDir: scratch.stateDir,
    port: scratch.port,
    probeEveryMs: 50,
    probeReadyEveryMs: 100,
    stopTimeoutMs: 10_000,
    gatewayNow: () => NOON_MS,
    ...options,
  });
}

/** The same program as IBC runs it. */
async function makeIbc(upTo: string, options: Partial<GatewayProcessOptions> = {}): Promise<GatewayProcess> {
  const driver = ibcDriver({
    script: await scratch.ibcScript(upTo),
    version: '1037',
    mode: 'paper',
    credentials: () => ({ user: 'me', password: PASSWORD }),
    ibcPath: '/opt/ibc',
    twsPath: '/opt/Jts',
    settings: { DismissPasswordExpiryWarning: true },
    env: { HOME: scratch.directory, API_KEY: PASSWORD },
  });
  return kept(make(upTo, { driver, ...options }));
}

function ibcSigns() {
  return [
    { pattern: /Second Factor/u, sign: 'secondFactor' },
    { pattern: /Login failed/u, sign: 'loginFailed' },
    { pattern: /Login attempt/u, sign: 'loginDialog' },
    { pattern: /Login has completed/u, sign: 'loggedIn' },
  ] as const;
}

function kept(gateway: GatewayProcess): GatewayProcess {
  open.push(gateway);
  return gateway;
}

/** The system's clock, and the delays of the timers that are set on it. */
function countedClock() {
  const system = systemClock();
  const pending = new Map<object, number>();
  const clock: Clock = {
    now: () => system.now(),
    monotonic: () => system.monotonic(),
    setTimer: (delayMs, fire, options) => {
      const key = {};
      pending.set(key, delayMs);
      const timer = system.setTimer(delayMs, () => {
        pending.delete(key);
        fire();
      }, options);
      const cancel = (): void => {
        pending.delete(key);
        timer.cancel();
      };
      return { cancel, [Symbol.dispose]: cancel };
    },
  };
  return { clock, pending };
}

/** Waits for a phase. */
async function reaches(gateway: GatewayProcess, phase: GatewayPhase): Promise<void> {
  while (gateway.status().phase !== phase) await gateway.events.once('gateway.stateChanged');
}

function phasesOf(gateway: GatewayProcess): GatewayPhase[] {
  const phases: GatewayPhase[] = [];
  gateway.events.on('gateway.stateChanged', ({ phase }) => phases.push(phase));
  return phases;
}

describe('a gateway that is started directly', () => {
  it('starts it once, says that it is ready when the API answers, and ends it', async () => {
    const gateway = kept(make());
    const phases = phasesOf(gateway);
    const [first, second] = await Promise.all([gateway.start(), gateway.start()]);
    expect(first).toMatchObject({ phase: 'ready', driver: 'direct', port: scratch.port, serverVersion: 193, lockOut: undefined });
    expect(second.pid).toBe(first.pid);
    expect((await gateway.start()).pid).toBe(first.pid);
    expect(await gateway.logs()).toEqual(expect.arrayContaining(['IBC: Login has completed']));
    const record = await readRecord(scratch.stateDir);
    await gateway.stop();
    await gateway.stop();
    expect(phases).toEqual(['starting', 'ready', 'stopping', 'stopped']);
    expect(record && (await livenessOf(record.identity, await thisProcess()))).toBe('dead');
    expect(await readRecord(scratch.stateDir)).toBeUndefined();
    expect(await gateway.logs({ lines: 1 })).toHaveLength(1);
  });

  it('follows a simulator that restarts, hangs, waits for a person and crashes', async () => {
    const gateway = kept(make('simulator', { probeTimeoutMs: 500 }));
    const { pid, serverVersion } = await gateway.start();
    expect(serverVersion).toBe(193);
    for (const [trouble, cure] of [['restart', 'clear'], ['hang', 'clear'], ['login', 'approve']] as const) {
      await scratch.tell(trouble);
      await reaches(gateway, 'apiDown');
      await scratch.tell(cure);
      await reaches(gateway, 'ready');
      expect(gateway.status().pid).toBe(pid);
    }
    const alarm = gateway.events.once('gateway.alarm');
    await scratch.tell('exit 1');
    expect(await alarm).toMatchObject({ problem: 'exited' });
    await reaches(gateway, 'ready');
    expect(gateway.status().pid).not.toBe(pid);
  });

  it('outlives us, and is taken over by whoever comes next', async () => {
    const first = kept(make());
    const { pid } = await first.start();
    const rival = kept(make());
    await expect(rival.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_OWNED', retryable: true });
    await first.close();
    const next = kept(make());
    expect((await next.start()).pid).toBe(pid);
    await next.stop();
    expect(next.status()).toMatchObject({ phase: 'stopped', pid: undefined });
  });

  it('starts it again when it ends by itself, as often as the budget says', async () => {
    const gateway = kept(make('ready', { maxRestartsPerHour: 1 }));
    const { pid } = await gateway.start();
    const alarms: string[] = [];
    gateway.events.on('gateway.alarm', ({ problem }) => alarms.push(problem));
    await scratch.tell('exit 3');
    await reaches(gateway, 'coldRestart');
    await reaches(gateway, 'ready');
    expect(gateway.status().pid).not.toBe(pid);
    expect(gateway.status().restartsLastHour).toBe(1);
    await scratch.tell('exit 3');
    await reaches(gateway, 'stopped');
    expect(alarms).toEqual(['exited', 'exited', 'startFailed']);
    expect(gateway.status().cause).toContain('code 3');
  });

  it('starts one that ends at once every time only as often as the budget says, also in a window', async () => {
    const program = path.join(scratch.directory, 'dies-later');
    const runs = path.join(scratch.directory, 'runs');
    await writeFile(program, `#!/bin/sh\necho run >> '${runs}'\n[ $(wc -l < '${runs}') -gt 1 ] && exit 4\nexec '${scratch.program}' "$@"\n`, { mode: 0o755 });
    const gateway = kept(make('ready', { driver: directDriver({ gatewayPath: program, args: scratch.args(), env: { PATH: '/usr/bin:/bin' } }), maxRestartsPerHour: 3 }));
    await gateway.start();
    await scratch.tell('exit 3');
    await reaches(gateway, 'stopped');
    expect(await readFile(runs, 'utf8')).toBe('run\n'.repeat(4));
    expect(gateway.status().restartsLastHour).toBe(3);
  });

  it('notices an API that goes silent behind an open port, tells it, and sees it come back', async () => {
    const gateway = kept(make('ready', { apiDownAlarmMs: 50, probeTimeoutMs: 200, probeReadyEveryMs: 86_400_000 }));
    await gateway.start();
    const alarm = gateway.events.once('gateway.alarm');
    await scratch.tell('mute');
    gateway.look();
    await reaches(gateway, 'apiDown');
    expect(gateway.status().cause).toContain('does not answer');
    expect(await alarm).toMatchObject({ problem: 'apiDown' });
    await scratch.tell('ready');
    await reaches(gateway, 'ready');
  });

  it.each<readonly [string, Partial<GatewayProcessOptions>, string]>([
    ['exit:3', {}, 'IBKR_GATEWAY_EXITED'],
    ['noPort', { startTimeoutMs: 1_500 }, 'IBKR_GATEWAY_START_TIMEOUT'],
    ['mute', { startTimeoutMs: 1_500, probeTimeoutMs: 200 }, 'IBKR_GATEWAY_START_TIMEOUT'],
    ['notReady', { startTimeoutMs: 1_500, probeTimeoutMs: 200 }, 'IBKR_GATEWAY_START_TIMEOUT'],
  ])('says what became of one that comes up to %s, and leaves no process', async (upTo, options, code) => {
    const gateway = kept(make(upTo, options));
    await expect(gateway.start()).rejects.toMatchObject({ code, retryable: true });
    await reaches(gateway, 'stopped');
    expect(gateway.status().pid).toBeUndefined();
  });

  it('refuses a program that is none, and leaves nothing', async () => {
    for (const gatewayPath of ['/nowhere/ibgateway', 'ibgateway', scratch.directory, path.join(scratch.directory, 'plain')]) {
      await writeFile(path.join(scratch.directory, 'plain'), 'no program');
      const gateway = kept(make('ready', { driver: directDriver({ gatewayPath }) }));
      await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE', message: expect.stringContaining(gatewayPath) as string });
      expect(gateway.status().phase).toBe('stopped');
      await gateway.close();
    }
  });

  it('does not start beside a gateway that somebody else runs, and watches that without touching it', async () => {
    const ours = kept(make());
    const { pid } = await ours.start();
    const elsewhere = kept(make('ready', { stateDir: path.join(scratch.directory, 'other') }));
    await expect(elsewhere.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_PORT_TAKEN' });
    const watcher = kept(make('ready', { stateDir: path.join(scratch.directory, 'third'), driver: externalDriver() }));
    expect(await watcher.start()).toMatchObject({ phase: 'ready', driver: 'external', pid: undefined });
    for (const call of [watcher.stop(), watcher.restart(), watcher.command('STOP')]) await expect(call).rejects.toMatchObject({ code: 'IBKR_GATEWAY_NOT_SUPPORTED' });
    expect((await ours.start()).pid).toBe(pid);
  });

  it('does not start beside one of others that speaks and is not logged in', async () => {
    const ours = kept(make('notReady', { startTimeoutMs: 60_000, probeTimeoutMs: 200 }));
    const starting = expect(ours.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_STOPPED' });
    while ((await probeApi({ host: '127.0.0.1', port: scratch.port, clientId: 9, timeoutMs: 200, clock: systemClock() })).finding !== 'notReady');
    const elsewhere = kept(make('ready', { stateDir: path.join(scratch.directory, 'other'), probeTimeoutMs: 200 }));
    await expect(elsewhere.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_PORT_TAKEN' });
    await ours.stop();
    await starting;
  });

  it('says of a program that leaves a daemon and ends that it must stay', async () => {
    const program = path.join(scratch.directory, 'forker');
    await writeFile(program, '#!/bin/sh\nsleep 600 &\nexit 0\n', { mode: 0o755 });
    const gateway = kept(make('ready', { driver: directDriver({ gatewayPath: program, env: { PATH: '/usr/bin:/bin' } }) }));
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_EXITED', tips: expect.arrayContaining([expect.stringContaining('foreground')]) as unknown });
  });

  it('kills one that does not hear, with what it started', async () => {
    const gateway = kept(make('ready', { driver: directDriver({ gatewayPath: scratch.program, args: scratch.args('ready', '--deaf') }), stopTimeoutMs: 300 }));
    await gateway.start();
    const exited = gateway.events.once('gateway.exited');
    await gateway.stop();
    expect(await exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('restarts it cold, and refuses when it must not', async () => {
    let verdict: true | string = 'an order has an unknown outcome';
    const gateway = kept(make('ready', { maxRestartsPerHour: 1, mayRestart: () => verdict }));
    const { pid } = await gateway.start();
    await expect(gateway.restart()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_RESTART_REFUSED', message: expect.stringContaining('unknown outcome') as string });
    verdict = true;
    await expect(gateway.restart({ how: 'soft' })).rejects.toMatchObject({ code: 'IBKR_GATEWAY_NOT_SUPPORTED' });
    expect((await gateway.restart()).pid).not.toBe(pid);
    await expect(gateway.restart()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_RESTART_REFUSED', message: expect.stringContaining('last hour') as string });
    verdict = 'no';
    expect((await gateway.restart({ force: true })).phase).toBe('ready');
  });
});

describe('calls that meet a close', () => {
  it('ends a start that was still asking whether the port is free', async () => {
    const gateway = kept(make('ready', { probe: async () => {
      await gateway.close();
      return { finding: 'refused' };
    } }));
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_CLOSED' });
  });

  it('never says that it stopped what still runs', async () => {
    const gateway = kept(make());
    await gateway.start();
    const [stopped, restarted] = [gateway.stop(), gateway.restart()].map((call) => expect(call).rejects.toMatchObject({ code: 'IBKR_GATEWAY_CLOSED' }));
    await gateway.close();
    await Promise.all([stopped, restarted]);
    const next = kept(make());
    expect((await next.start()).phase).toBe('ready');
  });

  it('leaves no timer behind in the middle of a stop', async () => {
    const { clock, pending } = countedClock();
    const gateway = kept(make('ready', { driver: directDriver({ gatewayPath: scratch.program, args: scratch.args('ready', '--deaf') }), stopTimeoutMs: 60_000, clock }));
    await gateway.start();
    const stopped = expect(gateway.stop()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_CLOSED' });
    await vi.waitFor(() => {
      expect([...pending.values()]).toContain(60_000);
    }, { timeout: 10_000 });
    await gateway.close();
    await stopped;
    expect([...pending.values()]).toEqual([]);
    const next = kept(make('ready', { stopTimeoutMs: 2_000 }));
    await next.start();
    await next.stop();
  });

  it('starts nothing for one who has given up already', async () => {
    const gateway = kept(make());
    const reason = new Error('enough');
    await expect(gateway.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(gateway.status()).toMatchObject({ phase: 'stopped', pid: undefined });
  });

  it('does not wait for ever for an API that stays away', async () => {
    const gateway = kept(make('ready', { apiDownAlarmMs: 400, probeTimeoutMs: 200 }));
    await gateway.start();
    await scratch.tell('mute');
    await reaches(gateway, 'apiDown');
    for (let time = 0; time < 2; time += 1) await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_START_TIMEOUT' });
    expect(gateway.status().phase).toBe('apiDown');
  });
});

describe('a state directory in disorder', () => {
  it('is an error of the directory where none can be', async () => {
    await writeFile(path.join(scratch.directory, 'file'), '');
    const gateway = new GatewayProcess({ driver: externalDriver(), stateDir: path.join(scratch.directory, 'file', 'state'), port: scratch.port });
    await expect(gateway.open()).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_UNUSABLE' });
    await gateway.close();
  });

  it.each(['', '{"failedLogins":1', '{"failedLogins":-5,"cause":"","atMs":0}', '{"failedLogins":1,"cause":"","atMs":0,"lockOut":"other"}'])('starts nothing when what is known about the login cannot be understood: %j', async (text) => {
    await mkdir(scratch.stateDir);
    await writeFile(path.join(scratch.stateDir, 'login.json'), text);
    const gateway = kept(make());
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_LOCKED_OUT', message: expect.stringContaining('login.json') as string });
    await gateway.unlock();
    await gateway.close();
    const next = kept(make());
    await next.open();
    expect(next.status()).toMatchObject({ phase: 'stopped', failedLogins: 0 });
  });

  it('remembers over a restart of the program when a login is tried again', async () => {
    await mkdir(scratch.stateDir);
    await writeFile(path.join(scratch.stateDir, 'login.json'), JSON.stringify({ failedLogins: 0, lockOut: 'secondFactor', cause: 'nobody came', atMs: 0 }));
    const gateway = kept(make('ready', { schedule: { humanAt: ['09:00'] } }));
    await gateway.open();
    expect(gateway.status()).toMatchObject({ phase: 'lockedOut', lockOut: 'secondFactor', retryAtMs: undefined });
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_LOCKED_OUT' });
    expect(gateway.status().retryAtMs).toBe(NEXT_MORNING_MS);
    // Whoever stops it wants it down tomorrow morning, too.
    await gateway.stop();
    expect(gateway.status()).toMatchObject({ phase: 'lockedOut', retryAtMs: undefined });
  });

  it('starts a gateway whatever lies among its logs', async () => {
    await mkdir(path.join(scratch.stateDir, 'logs', '2020.log', 'x'), { recursive: true });
    const gateway = kept(make('ready', { keepLogs: 1 }));
    expect((await gateway.start()).phase).toBe('ready');
  });
});

describe('a gateway under IBC', () => {
  it('believes the API more than an old log when it takes one over, and still hides the login', async () => {
    const first = await makeIbc('ready');
    const { pid } = await first.start();
    await scratch.tell('2fa');
    await scratch.tell('refuse');
    await first.close();
    const next = await makeIbc('ready');
    const needed: string[] = [];
    next.events.on('gateway.humanNeeded', ({ what }) => needed.push(what));
    expect(await next.start()).toMatchObject({ pid, failedLogins: 0 });
    expect(needed).toEqual([]);
    expect((await next.logs()).join()).toContain('user [redacted]');
  });

  it('knows where one is that it takes over', async () => {
    const first = await makeIbc('2fa');
    const started = expect(first.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_CLOSED' });
    await reaches(first, 'waiting2fa');
    await first.close();
    await started;
    const next = await makeIbc('2fa');
    const started2 = next.start();
    await reaches(next, 'waiting2fa');
    await scratch.tell('approve');
    expect((await started2).phase).toBe('ready');
  });

  it('leaves no credentials when it cannot be started, nor those of one that ended while nobody looked', async () => {
    const file = path.join(scratch.stateDir, 'ibc-config.ini');
    const driver = ibcDriver({ script: '/nowhere/ibcstart.sh', version: '1037', mode: 'paper', credentials: () => ({ user: 'me', password: PASSWORD }) });
    const gateway = kept(make('ready', { driver }));
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE' });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    await gateway.close();
    for (const name of [file, `${file}.draft`]) await writeFile(name, `IbPassword=${PASSWORD}\n`);
    const next = kept(make('ready', { driver }));
    await next.open();
    for (const name of [file, `${file}.draft`]) await expect(stat(name)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('knows that it ended also when what it left cannot be removed, and says so', async () => {
    const gateway = await makeIbc('ready', { relaunch: false });
    await gateway.start();
    const file = path.join(scratch.stateDir, 'ibc-config.ini');
    await rm(file);
    await mkdir(path.join(file, 'x'), { recursive: true });
    const alarms: string[] = [];
    gateway.events.on('gateway.alarm', ({ cause }) => alarms.push(cause));
    await scratch.tell('exit 3');
    await reaches(gateway, 'stopped');
    expect(alarms.join()).toContain('cannot be removed');
    await rm(file, { recursive: true });
  });

  it('waits at the login of the week for as long as that lasts', async () => {
    const windowMs = Date.UTC(2026, 10, 22, 6);
    const gateway = await makeIbc('ready', { gatewayNow: () => windowMs + 60_000, startTimeoutMs: 20_000 });
    await gateway.start();
    await scratch.tell('login');
    await scratch.tell('close');
    await reaches(gateway, 'login');
    expect((gateway.status().deadlineMs ?? 0) - systemClock().now()).toBeGreaterThan(50 * 60_000);
    expect(gateway.restartWindows().map(({ kind }) => kind)).toContain('weekly-login');
  });

  it('hands the login over in a file of its own, and nowhere else', async () => {
    const gateway = await makeIbc('ready');
    const { pid } = await gateway.start();
    const file = path.join(scratch.stateDir, 'ibc-config.ini');
    const text = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(text).toContain(`IbPassword=${PASSWORD}\n`);
    expect(text).toMatch(/BindAddress=127\.0\.0\.1\n/u);
    expect(text).toMatch(/ReadOnlyApi=no\n/u);
    expect(text).toMatch(/DismissPasswordExpiryWarning=yes\n/u);
    const [argv, env] = await Promise.all(['cmdline', 'environ'].map((name) => readFile(`/proc/${pid ?? 0}/${name}`, 'utf8').catch(() => '')));
    expect(`${argv ?? ''}${env ?? ''}${JSON.stringify(gateway.status())}${(await gateway.logs()).join()}${await readFile(path.join(scratch.stateDir, 'process.json'), 'utf8')}`).not.toContain(PASSWORD);
    expect((await gateway.logs()).join()).toContain('user [redacted]');
    await gateway.stop();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('carries out commands, restarts softly with the same process, and tells what IBC refuses', async () => {
    const gateway = await makeIbc('ready');
    const { pid } = await gateway.start();
    const told: unknown[] = [];
    gateway.events.on('gateway.command', ({ command, ok }) => told.push([command, ok]));
    expect(await gateway.command('RECONNECTDATA')).toBe('');
    await expect(gateway.command('ENABLEAPI')).rejects.toMatchObject({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: expect.stringContaining('not recognised') as string, retryable: false });
    expect(told).toEqual([['RECONNECTDATA', true], ['ENABLEAPI', false]]);
    const phases = phasesOf(gateway);
    expect(await gateway.restart()).toMatchObject({ phase: 'ready', pid });
    expect(phases).toEqual(['softRestart', 'ready']);
    await scratch.tell('notReady');
    await expect(gateway.restart({ how: 'soft' })).rejects.toMatchObject({ code: 'IBKR_GATEWAY_COMMAND_FAILED' });
    expect(gateway.status()).toMatchObject({ phase: 'apiDown', pid });
  });

  it('asks a person for the second factor, once more when nobody came, and then not before somebody is there', async () => {
    const gateway = await makeIbc('2fa', { secondFactorTimeoutMs: 700, schedule: { humanAt: ['09:00'] } });
    const needed: string[] = [];
    gateway.events.on('gateway.humanNeeded', ({ what, deadlineMs }) => needed.push(`${what} ${typeof deadlineMs}`));
    const phases = phasesOf(gateway);
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_SECOND_FACTOR' });
    await reaches(gateway, 'lockedOut');
    expect(phases).toEqual(['starting', 'waiting2fa', 'coldRestart', 'waiting2fa', 'stopping', 'lockedOut']);
    expect(needed).toEqual(['secondFactor number', 'secondFactor number', 'secondFactor undefined']);
    expect(gateway.status().retryAtMs).toBe(NEXT_MORNING_MS);
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_LOCKED_OUT' });
  });

  it('is not tried again by itself when it was stopped on its way to the lock-out', async () => {
    const gateway = await makeIbc('2fa', { secondFactorTimeoutMs: 100, secondFactorRetries: 0, schedule: { humanAt: ['09:00'] } });
    let stopped: Promise<void> | undefined;
    gateway.events.on('gateway.stateChanged', ({ phase }) => {
      if (phase === 'stopping') stopped = gateway.stop();
    });
    await expect(gateway.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_SECOND_FACTOR' });
    await reaches(gateway, 'lockedOut');
    await stopped;
    expect(gateway.status()).toMatchObject({ lockOut: 'secondFactor', retryAtMs: undefined });
  });

  it('goes on when the person confirms in time', async () => {
    const gateway = await makeIbc('2fa');
    const started = gateway.start();
    await gateway.events.once('gateway.humanNeeded');
    expect(gateway.status().phase).toBe('waiting2fa');
    await scratch.tell('approve');
    expect((await started).phase).toBe('ready');
  });

  it('does not try a login for a third time, not even after it was itself started again', async () => {
    const gateway = await makeIbc('login');
    for (const code of ['IBKR_GATEWAY_LOGIN_FAILED', 'IBKR_GATEWAY_LOGIN_FAILED']) {
      const started = gateway.start();
      await reaches(gateway, 'login');
      const refused = expect(started).rejects.toMatchObject({ code, retryable: false });
      await scratch.tell('refuse');
      await refused;
      while (gateway.status().pid !== undefined) await gateway.events.once('gateway.stateChanged');
    }
    expect(gateway.status()).toMatchObject({ phase: 'lockedOut', lockOut: 'credentials', retryAtMs: undefined });
    await gateway.close();
    const next = await makeIbc('ready');
    await expect(next.start()).rejects.toMatchObject({ code: 'IBKR_GATEWAY_LOCKED_OUT', tips: [expect.any(String)] });
    await next.unlock();
    expect((await next.start()).failedLogins).toBe(0);
  });
});
