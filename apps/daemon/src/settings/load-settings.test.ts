import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { USUAL_RESTARTS, parseInvocation } from './load-settings.js';
import type { DaemonSettings } from './settings.js';

async function settings(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<DaemonSettings> {
  const invocation = await parseInvocation(argv, { XDG_STATE_HOME: '/state', ...env }, '1.2.3');
  if (invocation.kind !== 'run') throw new Error('expected settings');
  return invocation.settings;
}

describe('parseInvocation', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(async () => {
    await directory[Symbol.asyncDispose]();
  });
  const file = async (text: string): Promise<readonly string[]> => {
    const name = path.join(directory.path, 'ibkit.ini');
    await writeFile(name, text, { mode: 0o600 });
    return ['--config', name];
  };

  it('is a paper gateway on loopback and an API on 8787 when nothing is said', async () => {
    expect(await settings([])).toMatchObject({
      gatewayHost: '127.0.0.1', gatewayPort: 4002, clientId: 1, mode: 'paper', simulator: undefined, allowLive: false, readOnly: false, allowedAccounts: [], gatewayProcess: undefined, flow: undefined,
      listen: { host: '127.0.0.1', port: 8787 }, tls: undefined, stateDir: '/state/ibkit', recordingsDir: '/state/ibkit/recordings', logLevel: 'info', logOrders: false, logAllMessages: false, json: false, stopWithInput: false,
    });
  });

  it('takes the port of the mode', async () => {
    const ports = await Promise.all([['--live'], ['--tws'], ['--tws', '--live']].map(async (argv) => (await settings(argv)).gatewayPort));
    expect(ports).toEqual([4001, 7497, 7496]);
  });

  it('puts the command line before the environment, and that before the file', async () => {
    const argv = await file('[connection]\nhost = filehost\nclient_id = 7\nport = 1111\n');
    expect(await settings([...argv, '--port', '3333'], { IBKIT_PORT: '2222', IBKIT_CLIENT_ID: '8' })).toMatchObject({ gatewayHost: 'filehost', clientId: 8, gatewayPort: 3333 });
  });

  it('takes caps, accounts, symbols and the way the gateway is run from its file', async () => {
    const argv = await file(`[account]\nallowed_accounts = DU1, DU2
[daemon]\nsymbols = SPY, QQQ\nunix = /run/ibkit/api.sock\ndrain_seconds = 1\nmax_connections = 10
[trading]\nmax_order_quantity = 100\nmax_day_notional = 5000.50\nmax_orders_per_minute = 5\nprice_band_percent = 3\nread_only = true
[quotas]\nread_lines = 20
[alarms]\nwebhook = https://hooks.example.com/secret
[gateway-process]\ndriver = ibc\nscript = /opt/ibc/start.sh\nversion = 1037\ncredentials_file = /etc/ibkit/login
[options-flow]\nbase_url = https://flow.example.com/api/v1\napi_key = k\n`);
    expect(await settings(argv)).toMatchObject({
      allowedAccounts: ['DU1', 'DU2'], symbols: ['SPY', 'QQQ'], listen: { unix: '/run/ibkit/api.sock' }, drainMs: 1000, http: { connections: 10 }, readOnly: true, priceBand: { percent: 3 },
      limits: { perOrder: { maxQuantity: 100 }, perDay: { maxNotional: 5000.5 }, orderRate: { maxOrders: 5 } }, quotas: { readLines: 20 }, alarms: { webhook: 'https://hooks.example.com/secret' },
      gatewayProcess: { driver: 'ibc', script: '/opt/ibc/start.sh', version: '1037', credentialsFile: '/etc/ibkit/login' }, flow: { baseUrl: 'https://flow.example.com/api/v1', apiKey: 'k' },
    });
  });

  it('finds the state directory as the command line does: its flag, then IBKIT_STATE_DIR, then the file, then the usual place', async () => {
    const argv = await file('[daemon]\nstate_dir = /of/the/file\n');
    const all = { IBKIT_STATE_DIR: '/of/the/variable', XDG_STATE_HOME: '/xdg', HOME: '/home/me' };
    expect((await settings([...argv, '--state-dir', '/of/the/flag'], all)).stateDir).toBe('/of/the/flag');
    const { stateDir, recordingsDir, warnings } = await settings(argv, all);
    expect([stateDir, recordingsDir, warnings.filter((text) => text.includes('state_dir'))]).toEqual(['/of/the/variable', '/of/the/variable/recordings', []]);
    expect((await settings(argv, { XDG_STATE_HOME: '/xdg' })).stateDir).toBe('/of/the/file');
    expect((await settings([], { XDG_STATE_HOME: '/xdg' })).stateDir).toBe('/xdg/ibkit');
    expect((await settings([], { XDG_STATE_HOME: 'relative', HOME: '/home/me' })).stateDir).toBe('/home/me/.local/state/ibkit');
  });

  it('takes when the gateway restarts, and how it is watched', async () => {
    expect((await settings([])).restarts).toBeUndefined();
    expect((await settings(await file('[restarts]\ntime_zone = Europe/Zurich\ndaily = 03:10\n'))).restarts).toEqual({ ...USUAL_RESTARTS, timeZone: 'Europe/Zurich', daily: '03:10' });
    expect(await settings(await file('[restarts]\ndaily = none\nweekly_login = Mon 07:30\nweekly_login_minutes = 90\nservers = europe\n[watchdog]\ncheck_seconds = 5\nrestart_gateway = false\n'))).toMatchObject({
      restarts: { daily: false, weeklyLogin: { day: 'mon', at: '07:30', forMinutes: 90 }, servers: 'europe' }, watchdog: { checkMs: 5000, downMs: 180_000, restartGateway: false, maxRestartsPerHour: 2 },
    });
    expect((await settings(await file('[restarts]\nweekly_login = none\n'))).restarts?.weeklyLogin).toBe(false);
    const failed = settings(await file('[restarts]\ndaily = 24:00\nweekly_login = 01:00\ntime_zone = Mars/Base\nweekly = no\n'));
    for (const rule of [/restarts\.daily must be a time of the day.*"24:00"/, /restarts\.weekly_login must be a day and a time.*"01:00"/, /restarts\.time_zone must be a time zone.*"Mars\/Base"/, /restarts\.weekly is not a known key/]) await expect(failed).rejects.toThrow(rule);
  });

  it('has caps with live money where nobody said anything, and none on paper', async () => {
    expect((await settings([])).limits).toEqual({ perOrder: {}, perDay: {} });
    expect((await settings(['--live'])).limits).toEqual({ perOrder: { maxQuantity: 10_000 }, perDay: { maxOrders: 1000 }, orderRate: { maxOrders: 60 } });
    const raised = await file('[trading]\nmax_order_quantity = 50000\nmax_day_orders = none\nmax_orders_per_minute = none\nprice_band_percent = none\n');
    expect(await settings([...raised, '--live'])).toMatchObject({ limits: { perOrder: { maxQuantity: 50_000 }, perDay: { maxOrders: undefined }, orderRate: undefined }, priceBand: undefined });
    expect([(await settings([])).previewBandPercent, (await settings(await file('[trading]\npreview_band_percent = 5\n'))).previewBandPercent, (await settings(await file('[trading]\npreview_band_percent = none\n'))).previewBandPercent]).toEqual([undefined, 5, Number.POSITIVE_INFINITY]);
    await expect(settings(await file('[trading]\nmax_order_quantity = no\nmax_day_orders = 0\n'))).rejects.toThrow(/max_order_quantity must be a number above 0, or none.*"no"[\s\S]*max_day_orders must be a whole number from 1, or none.*"0"/u);
  });

  it('refuses a cap that is misspelt, or makes no sense, with everything that is wrong at once', async () => {
    const argv = await file('[trading]\nmax_order_quantiy = 100\nmax_day_orders = -1\n[gateway-process]\ndriver = direct\nprogram = run.sh\n[alarms]\nwebhook = ftp://secret.example.com\n');
    const failed = settings(argv);
    await expect(failed).rejects.toThrow(/trading\.max_order_quantiy is not a known key/);
    await expect(failed).rejects.toThrow(/trading\.max_day_orders must be a whole number.*"-1"/);
    await expect(failed).rejects.toThrow(/gateway-process\.program must be an absolute path/);
    await expect(failed).rejects.toThrow(/^(?![\s\S]*secret\.example)/);
  });

  it('listens beyond loopback with TLS only', async () => {
    for (const listen of ['0.0.0.0:8787', '192.168.1.5:1', '[::]:8787', 'box.lan:8787']) await expect(settings(['--listen', listen])).rejects.toThrow(/loopback.*--tls-cert/);
    await expect(settings([...await file('[daemon]\nlisten = 0.0.0.0:8787\n')])).rejects.toThrow(/loopback/);
    expect(await settings(['--listen', '0.0.0.0:8787', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'])).toMatchObject({ listen: { host: '0.0.0.0', port: 8787 }, tls: { certFile: 'c.pem', keyFile: 'k.pem' } });
    expect((await settings(['--listen', '[::1]:0'])).listen).toEqual({ host: '::1', port: 0 });
    await expect(settings(['--tls-cert', 'c.pem'])).rejects.toThrow('--tls-cert needs --tls-key');
    await expect(settings(['--tls-client-ca', 'ca.pem'])).rejects.toThrow('--tls-client-ca needs --tls-cert and --tls-key');
    expect((await settings(await file('[daemon]\ntls_cert = c.pem\ntls_key = k.pem\ntls_client_ca = a.pem\n'))).tls).toEqual({ certFile: 'c.pem', keyFile: 'k.pem', clientCaFile: 'a.pem' });
    await expect(settings(['--unix', '/x', '--tls-cert', 'c', '--tls-key', 'k'])).rejects.toThrow(/cannot be given together/);
  });

  it('names the flag, the value and the rule', async () => {
    await expect(settings(['--port', 'seven'])).rejects.toThrow(/port.*1 to 65535.*"seven"/);
    await expect(settings(['--listen', '8787'])).rejects.toThrow(/HOST:PORT/);
    await expect(settings(['--prot', '1'])).rejects.toThrow(/unknown option '--prot'/);
    await expect(settings(['--paper', '--live'])).rejects.toThrow(/cannot be used with/);
    await expect(settings(['--allow-address', '10.0.0.0/33'])).rejects.toThrow(/--allow-address must be an IP address.*"10\.0\.0\.0\/33"/);
    await expect(settings(['--seed', '1'])).rejects.toThrow('--seed needs --simulate');
    await expect(settings(['--simulate', '--start-at', 'noon'])).rejects.toThrow(/--start-at must be a time with its zone/);
  });

  it('takes how the simulator begins', async () => {
    expect((await settings(['--simulate', '--seed', '7', '--speed', '60', '--start-at', '2026-11-20T14:30:00Z'])).simulator).toEqual({ seed: 7, speed: 60, startAtMs: Date.UTC(2026, 10, 20, 14, 30), replay: undefined, scenario: undefined });
    expect((await settings(['--simulate'])).simulator).toEqual({ seed: undefined, speed: undefined, startAtMs: undefined, replay: undefined, scenario: undefined });
  });

  it('takes what is logged, with durations as in a configuration', async () => {
    expect(await settings(['--log-file', 'd.log', '--log-file-rotate-after', '24h', '--log-file-keep-for', '7d', '--log-orders', '--log-all-messages'])).toMatchObject({
      logFile: 'd.log', logFileRotateAfterMs: 86_400_000, logFileKeepForMs: 604_800_000, logOrders: true, logAllMessages: true,
    });
    await expect(settings(['--log-file', 'd.log', '--log-file-keep-for', 'ever'])).rejects.toThrow(/log_file_keep_for must be a duration/);
    await expect(settings(['--log-file-rotate-after', '24h'])).rejects.toThrow('--log-file-rotate-after needs --log-file, got "24h"');
    await expect(settings(['--log-all-messages', '--log-level', 'warn'])).rejects.toThrow(/--log-level must be info or debug together with --log-all-messages.*"warn"/);
  });

  it('takes format, size and number of log files from its configuration', async () => {
    expect(await settings(await file('[logging]\nlog_file = d.log\nlog_format = pretty\nlog_file_max_bytes = 4096\nlog_file_count = 2\n'))).toMatchObject({ logFormat: 'pretty', logFileMaxBytes: 4096, logFileCount: 2 });
    expect(await settings([])).toMatchObject({ logFormat: 'auto', logFileMaxBytes: 10_485_760, logFileCount: 5 });
  });

  it('says of shared values that change nothing here that they do not, and what does', async () => {
    const argv = await file('[connection]\nmax_retries = 7\nretry_delay = 2s\nauto_reconnect = false\nconnection_timeout = 5s\n[account]\naccount_id = DU1\n[gateway]\ngateway_path = /opt/gateway\n[logging]\nlog_accounts = true\n');
    const { warnings } = await settings(argv);
    expect(warnings.map((text) => /^\S+/.exec(text)?.[0])).toEqual(['auto_reconnect', 'connection_timeout', 'max_retries', 'retry_delay', 'account_id', 'log_accounts', 'gateway_path']);
    expect(warnings.filter((text) => text.includes('changes nothing for ibkitd'))).toHaveLength(7);
    expect((await settings([])).warnings).toEqual([]);
  });

  it('prints help and version instead of running', async () => {
    expect(await parseInvocation(['--version'], {}, '1.2.3')).toEqual({ kind: 'print', text: '1.2.3\n' });
    expect(await parseInvocation(['--help'], {}, '1.2.3')).toMatchObject({ kind: 'print' });
  });
});
