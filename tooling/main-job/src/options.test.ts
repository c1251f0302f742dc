import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('runs on the simulator until stopped when nothing is said', () => {
    expect(parseOptions([])).toMatchObject({ forMs: undefined, real: false, daemonArguments: [] });
  });

  it('takes a duration and symbols', () => {
    expect(parseOptions(['--for', '10s', '--symbols', 'spy,ibm'])).toMatchObject({ forMs: 10_000, symbols: ['SPY', 'IBM'] });
  });

  it('passes the way to a real gateway on to the daemon', () => {
    const options = parseOptions(['--paper', '--gateway', '--host', '10.0.0.5', '--port', '4002']);
    expect(options).toMatchObject({ real: true, daemonArguments: ['--paper', '--gateway', '--host', '10.0.0.5', '--port', '4002'] });
  });

  it('names what it does not understand', () => {
    expect(() => parseOptions(['--fro', '10s'])).toThrow(/"--fro"/);
    expect(() => parseOptions(['--for', 'soon'])).toThrow(/duration.*"soon"/);
    expect(() => parseOptions(['--for'])).toThrow(/--for needs a value/);
  });
});
