import type { CommandArea, CommandSpec, OptionSpec } from '../../program/command-spec.js';
import { INSTRUMENT_OPTIONS } from '../market/instrument-options.js';

/** How every command that sends an order is told to. */
const SUBMIT: readonly OptionSpec[] = [
  { flags: '--submit', summary: 'send it; without this it is only previewed' },
  { flags: '--key <key>', summary: 'idempotency key: the same key never sends a second order' },
  { flags: '--tag <tag>', summary: 'your own strategy tag, kept beside the order' },
  { flags: '--no-wait', summary: 'return as soon as the order is recorded, with exit code 8' },
  { flags: '--no-what-if', summary: 'preview without asking the broker for margin and commission' },
  { flags: '--yes', summary: 'no question before a live order; needed in a pipe' },
];

const TIF = { flags: '--tif <tif>', summary: 'time in force (default DAY)', choices: ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'] } as const;
const KEY = { name: 'order', summary: 'its key or its id' } as const;

function place(side: 'buy' | 'sell'): CommandSpec {
  return {
    name: side,
    summary: `Preview a ${side} order; --submit sends it.`,
    arguments: [{ name: 'symbol', summary: 'what to trade' }, { name: 'quantity', summary: 'how many' }],
    options: [
      { flags: '--limit <price>', summary: 'limit price; a market order without it' },
      { flags: '--stop <price>', summary: 'stop price: a stop order, or a stop-limit order together with --limit' },
      { flags: '--trail <amount>', summary: 'trailing stop by an amount' },
      { flags: '--trail-percent <percent>', summary: 'trailing stop by a percentage' },
      { flags: '--take-profit <price>', summary: 'bracket: a limit order that takes the profit' },
      { flags: '--stop-loss <price>', summary: 'bracket: a stop order that ends the loss' },
      TIF,
      { flags: '--good-till <time>', summary: 'with --tif GTD: until when' },
      { flags: '--outside-rth', summary: 'may fill outside regular trading hours' },
      ...INSTRUMENT_OPTIONS,
      ...SUBMIT,
    ],
    examples: [`ibkit order ${side} AAPL 10 --limit 189.95`, `ibkit order ${side} AAPL 10 --submit`],
    output: { schema: 'order' },
    load: async () => (await import('./place.js'))[side],
  };
}

/** Orders and what became of them. */
export const ORDER_COMMANDS: CommandArea = {
  title: 'Orders',
  commands: [
    {
      name: 'order',
      summary: 'Place, change or cancel an order. It is only previewed unless you add --submit.',
      examples: ['ibkit order buy AAPL 10 --limit 189.95', 'ibkit order buy AAPL 10 --limit 189.95 --submit --key rebalance-7', 'ibkit order modify rebalance-7 --limit 190.10', 'ibkit order cancel rebalance-7'],
      commands: [
        place('buy'),
        place('sell'),
        {
          name: 'modify',
          summary: 'Change a working order.',
          arguments: [KEY],
          options: [
            { flags: '--quantity <n>', summary: 'the new whole quantity' },
            { flags: '--limit <price>', summary: 'the new limit price' },
            { flags: '--stop <price>', summary: 'the new stop price' },
            { flags: '--trail <amount>', summary: 'the new trailing amount' },
            { flags: '--trail-percent <percent>', summary: 'the new trailing percentage' },
            TIF,
            { flags: '--no-wait', summary: 'return as soon as the change is recorded, with exit code 8' },
            { flags: '--yes', summary: 'no question before a live order is changed; needed in a pipe' },
          ],
          examples: ['ibkit order modify rebalance-7 --limit 190.10', 'ibkit order modify rebalance-7 --quantity 5 --json'],
          output: { schema: 'order-state' },
          load: async () => (await import('./modify.js')).modify,
        },
        {
          name: 'cancel',
          summary: 'Cancel an order.',
          arguments: [KEY],
          options: [{ flags: '--no-wait', summary: 'return as soon as the cancel is recorded, with exit code 8' }],
          examples: ['ibkit order cancel rebalance-7'],
          output: { schema: 'order-state' },
          load: async () => (await import('./cancel.js')).cancel,
        },
        {
          name: 'cancel-all',
          summary: 'Cancel our open orders.',
          options: [{ flags: '--all', summary: 'those of others, too: other clients, and those made by hand' }],
          examples: ['ibkit order cancel-all', 'ibkit order cancel-all --all --json'],
          output: { schema: 'cancel-all' },
          load: async () => (await import('./cancel.js')).cancelAll,
        },
      ],
    },
    {
      name: 'orders',
      summary: 'Our orders, and the open ones of others.',
      options: [
        { flags: '--status <status>', summary: 'open (default), ended, unknown or all', choices: ['open', 'ended', 'unknown', 'all'] },
        { flags: '--key <key>', summary: 'the one with this key' },
        { flags: '--tag <tag>', summary: 'those with this tag' },
        { flags: '--limit <n>', summary: 'the most rows (default 100)' },
      ],
      examples: ['ibkit orders', 'ibkit orders --status all --json'],
      output: { schema: 'orders' },
      load: async () => (await import('./orders.js')).orders,
    },
    {
      name: 'fills',
      summary: 'Our fills with their commissions.',
      options: [
        { flags: '--from <time>', summary: 'from this day or time on' },
        { flags: '--to <time>', summary: 'before this day or time' },
        { flags: '--key <key>', summary: 'those of the order with this key' },
        { flags: '--limit <n>', summary: 'the most rows (default 100)' },
      ],
      examples: ['ibkit fills', 'ibkit fills --key rebalance-7 --json'],
      output: { schema: 'fills' },
      load: async () => (await import('./fills.js')).fills,
    },
    {
      name: 'close',
      summary: 'Preview the end of a position; --submit sends it.',
      arguments: [{ name: 'symbol', summary: 'what is held' }],
      options: [
        { flags: '--quantity <n>', summary: 'a part of it (default: all)' },
        { flags: '--limit <price>', summary: 'limit price; a market order without it' },
        TIF,
        { flags: '--outside-rth', summary: 'may fill outside regular trading hours' },
        { flags: '--cancel-orders', summary: 'cancel our open orders on it first' },
        ...INSTRUMENT_OPTIONS,
        ...SUBMIT,
      ],
      examples: ['ibkit close AAPL', 'ibkit close AAPL --quantity 5 --submit --key out-1'],
      output: { schema: 'order' },
      load: async () => (await import('./close.js')).close,
    },
    {
      name: 'spread',
      summary: 'Option spreads as one order.',
      examples: ['ibkit spread vertical SPY --expiry 2026-12-18 --right C --long 590 --short 595 --quantity 1 --limit 2.10'],
      commands: [
        {
          name: 'vertical',
          summary: 'Preview a vertical spread with its risk; --submit sends it.',
          arguments: [{ name: 'symbol', summary: 'the underlying' }],
          options: [
            { flags: '--expiry <day>', summary: 'of both legs, YYYY-MM-DD', required: true },
            { flags: '--right <right>', summary: 'calls or puts', choices: ['C', 'P'], required: true },
            { flags: '--long <strike>', summary: 'the strike that is bought', required: true },
            { flags: '--short <strike>', summary: 'the strike that is sold', required: true },
            { flags: '--quantity <n>', summary: 'how many (default 1)' },
            { flags: '--limit <price>', summary: 'net price of one: positive pays, negative brings in; a market order without it' },
            { flags: '--trading-class <class>', summary: 'such as SPXW' },
            TIF,
            ...SUBMIT,
          ],
          examples: ['ibkit spread vertical SPY --expiry 2026-12-18 --right C --long 590 --short 595 --limit 2.10', 'ibkit spread vertical SPY --expiry 2026-12-18 --right P --long 570 --short 575 --limit -1.40 --submit --key put-1'],
          output: { schema: 'order' },
          load: async () => (await import('./spread.js')).vertical,
        },
      ],
    },
  ],
};
