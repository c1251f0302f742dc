import { describe, expect, it } from 'vitest';
import { parseInvocation } from './options.js';
import type { DaemonSettings } from './options.js';

function settings(...argv: string[]): DaemonSettings {
  const invocation = parseInvocation(argv, { XDG_STATE_HOME: '/state' }, '1.2.3');
  if (invocation.kind !== 'run') throw new Error('expected settings');
  return invocation.settings;
}

describe('parseInvocation', () => {
  it('is a paper gateway on loopback and an API on 8787 when nothing is said', () => {
    expect(settings()).toEqual({
      gatewayHost: '127.0.0.1', gatewayPort: 4002, clientId: 1, mode: 'paper', simulate: false, simulatorSeed: 1,
      listen: { host: '127.0.0.1', port: 8787 }, stateDir: '/state/ibkit', logLevel: 'info', logOrders: false, logAllMessages: false, json: false, stopWithInput: false,
    });
  });

  it('takes the port of the mode', () => {
    expect([settings('--live').gatewayPort, settings('--tws').gatewayPort, settings('--tws', '--live').gatewayPort]).toEqual([4001, 7497, 7496]);
  });

  it('refuses to listen beyond loopback', () => {
    expect(() => settings('--listen', '0.0.0.0:8787')).toThrow(/loopback.*"0\.0\.0\.0:8787"/);
    expect(settings('--listen', '[::1]:0').listen).toEqual({ host: '::1', port: 0 });
  });

  it('names the flag, the value and the rule', () => {
    expect(() => settings('--port', 'seven')).toThrow('--port must be a whole number from 1 to 65535, got "seven"');
    expect(() => settings('--listen', '8787')).toThrow(/HOST:PORT/);
    expect(() => settings('--prot', '1')).toThrow(/unknown option '--prot'/);
    expect(() => settings('--paper', '--live')).toThrow(/cannot be used with/);
  });

  it('takes what is logged, with durations as in a configuration', () => {
    expect(settings('--log-file', 'd.log', '--log-file-rotate-after', '24h', '--log-file-keep-for', '7d', '--log-orders', '--log-all-messages')).toMatchObject({
      logFile: 'd.log', logFileRotateAfterMs: 86_400_000, logFileKeepForMs: 604_800_000, logOrders: true, logAllMessages: true,
    });
    expect(() => settings('--log-file', 'd.log', '--log-file-keep-for', 'ever')).toThrow(/log_file_keep_for must be a duration/);
    expect(() => settings('--log-file-rotate-after', '24h')).toThrow('--log-file-rotate-after needs --log-file, got "24h"');
    expect(() => settings('--log-all-messages', '--log-level', 'warn')).toThrow(/--log-level must be info or debug together with --log-all-messages.*"warn"/);
  });

  it('prints help and version instead of running', () => {
    expect(parseInvocation(['--version'], {}, '1.2.3')).toEqual({ kind: 'print', text: '1.2.3\n' });
    expect(parseInvocation(['--help'], {}, '1.2.3')).toMatchObject({ kind: 'print' });
  });
});
