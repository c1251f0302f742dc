import { describe, expect, it } from 'vitest';
import { resolveSimulatorOptions } from './simulator-options.js';
import type { SimulatorOptions } from './simulator-options.js';

describe('resolveSimulatorOptions', () => {
  it('has a default for everything', () => {
    expect(resolveSimulatorOptions()).toMatchObject({
      host: '127.0.0.1',
      port: 0,
      seed: 1,
      accounts: ['DU1234567'],
      speed: 1,
      sessions: 'always',
      replay: [],
      dataPermission: 'live',
      maxServerVersion: 193,
      maxClients: 32,
      journalTicks: false,
    });
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('listens on the loopback address %s', (host) => {
    expect(resolveSimulatorOptions({ host }).host).toBe(host);
  });

  it.each<[string, SimulatorOptions, RegExp]>([
    ['another host', { host: '0.0.0.0' }, /^host must be a loopback address .* got "0\.0\.0\.0"/],
    ['a name', { host: 'example.com' }, /^host must be a loopback address/],
    ['a port out of range', { port: 65_536 }, /^port must be an integer from 0 to 65535, got 65536/],
    ['a speed of 0', { speed: 0 }, /^speed must be a finite number above 0, got 0/],
    ['a version that is not spoken', { maxServerVersion: 200 }, /^maxServerVersion must be an integer from 157 to 193, got 200/],
    ['no account', { accounts: [] }, /^accounts must be names/],
    ['an account twice', { accounts: ['DU1', 'DU1'] }, /^accounts must be names/],
    ['a live account', { accounts: ['DU1', 'U2'] }, /^accounts must be names that begin with DU or DF/],
    ['an account with a comma', { accounts: ['U1,U2'], forceAccounts: true }, /^accounts must be names of letters and digits/],
    ['a fractional seed', { seed: 1.5 }, /^seed must be an integer/],
    ['sessions of another kind', { sessions: JSON.parse('"weekdays"') as 'always' }, /^sessions must be 'always' or 'calendar', got "weekdays"/],
    ['no clients', { maxClients: 0 }, /^maxClients must be an integer from 1 to 10000, got 0/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => resolveSimulatorOptions(options)).toThrow(message);
    expect(() => resolveSimulatorOptions(options)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });

  it('takes other accounts when told to', () => {
    expect(resolveSimulatorOptions({ accounts: ['U1'], forceAccounts: true }).accounts).toEqual(['U1']);
    expect(resolveSimulatorOptions({ accounts: ['DF1', 'DU2'] }).accounts).toEqual(['DF1', 'DU2']);
  });
});
