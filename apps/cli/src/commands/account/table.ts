import type { CommandArea } from '../../program/command-spec.js';
import { STREAM_OPTIONS } from '../market/instrument-options.js';

const WATCH = { flags: '--watch', summary: 'follow it until Ctrl-C' } as const;

/** What the account has. */
export const ACCOUNT_COMMANDS: CommandArea = {
  title: 'Account',
  commands: [
    {
      name: 'positions',
      summary: 'Positions of the account.',
      options: [{ flags: '--values', summary: 'with market values, which the broker tells of one account at a time' }, WATCH, ...STREAM_OPTIONS],
      examples: ['ibkit positions', 'ibkit positions --values', 'ibkit positions --watch', 'ibkit positions --account-id DU1234567 --json'],
      output: { schema: 'positions', when: [{ flag: '--watch', schema: 'positions-line', lines: true }] },
      load: async () => (await import('./positions.js')).positions,
    },
    {
      name: 'account',
      summary: 'Balances of the account.',
      options: [{ flags: '--tags <list>', summary: 'these values alone, comma separated, such as NetLiquidation,BuyingPower' }],
      examples: ['ibkit account', 'ibkit account --tags NetLiquidation,BuyingPower --json'],
      output: { schema: 'account' },
      load: async () => (await import('./account.js')).account,
    },
    {
      name: 'pnl',
      summary: 'Profit and loss of the day, realised and not.',
      options: [WATCH, ...STREAM_OPTIONS],
      examples: ['ibkit pnl', 'ibkit pnl --watch', 'ibkit pnl --json'],
      output: { schema: 'pnl', when: [{ flag: '--watch', schema: 'pnl-line', lines: true }] },
      load: async () => (await import('./pnl.js')).pnl,
    },
  ],
};
