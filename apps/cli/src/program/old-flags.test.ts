import { expect, it } from 'vitest';
import { translateOldFlags } from './old-flags.js';

it.each([
  ['--check', 'check'],
  ['--check --port 4002', 'check --port 4002'],
  ['--trading-mode paper --positions', '--trading-mode paper positions'],
  ['--account --json', 'account --json'],
  ['--subscribe AAPL', 'watch AAPL'],
  ['--subscribe AAPL MSFT --count 3', 'watch AAPL MSFT --count 3'],
  ['--subscribe AAPL,MSFT', 'watch AAPL MSFT'],
  ['--subscribe', 'watch'],
  ['quote -- --check', 'quote -- --check'],
  ['positions --account-id DU1', 'positions --account-id DU1'],
])('%s is %s', (before, after) => {
  expect(translateOldFlags(before.split(' '))).toEqual(after.split(' '));
});
