import { systemClock } from '@ibkit/clock';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expectPicture } from './testing/picture.js';
import { freshDirectory, ibkit } from './testing/program.js';
import { TerminalSession } from './testing/terminal.js';
import { startSimulator } from './testing/world.js';
import type { SimulatorProcess } from './testing/world.js';

const RENEW = inject('newPictures');
const DAY_MS = 86_400_000;
const CTRL_C = '\u0003';
const home = freshDirectory();
let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulator();
  // Something to show of an account.
  const { exitCode, stderr } = await ibkit(['order', 'buy', 'AAPL', '10', '--submit', '--via', 'direct', '--port', String(simulator.port)], { home });
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => simulator.running.stop());

function onTerminal(argv: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly columns?: number } = {}): TerminalSession {
  return TerminalSession.start([...argv, '--via', 'direct', '--port', String(simulator.port)], { home, ...options });
}

function day(offset: number): string {
  return new Date(systemClock().now() + offset * DAY_MS).toISOString().slice(0, 10);
}

// Made again with: npm run screens (in tooling/cli-e2e)
describe('what a terminal shows', () => {
  it('watch: quotes in their place, sorted and turned round by keys, until q', async () => {
    await using session = onTerminal(['watch', 'SPY', 'AAPL', 'NVDA']);
    await session.until((screen) => ['SPY', 'AAPL', 'NVDA', '\nconnected'].every((part) => screen.includes(part)));
    session.press('s');
    await session.until((screen) => screen.includes('s sort (by symbol)'));
    session.press('s');
    await session.until((screen) => screen.includes('s sort (by change)'));
    session.press('r');
    const screen = await session.until((shown) => shown.includes('s sort (by change, reversed)'));
    // Drawn over and over, and yet there once.
    expect(screen.match(/^SYMBOL /gm)).toHaveLength(1);
    session.press('q');
    const { exitCode, screen: last } = await session.ended();
    expect([exitCode, last.match(/^SYMBOL /gm)?.length]).toEqual([0, 1]);
    await expectPicture('watch.txt', last, RENEW);
  });

  it('depth: the book, until Ctrl-C', async () => {
    await using session = onTerminal(['depth', 'SPY', '--rows', '5', '--watch']);
    const full = await session.until((screen) => screen.match(/^\S+ +[\d,]+ +[\d.]+ +[\d.]+ +[\d,]+ +\S+$/gm)?.length === 5 && screen.includes('\nconnected'));
    session.press(CTRL_C);
    const { exitCode, screen } = await session.ended();
    expect([exitCode, screen.match(/^MAKER /gm)?.length]).toEqual([0, 1]);
    await expectPicture('depth.txt', full, RENEW);
  });

  it('order: a preview', async () => {
    await using preview = onTerminal(['order', 'buy', 'AAPL', '10', '--limit', '250']);
    const previewed = await preview.ended();
    expect(previewed.exitCode).toBe(0);
    await expectPicture('order-preview.txt', previewed.screen, RENEW);
  });

  it.each([
    ['positions', /AAPL +STK +10 /],
    ['pnl', /DU1234567 +[+-]?[\d,.]+/],
  ])('%s --watch: a table that stays in its place, until Ctrl-C', async (command, row) => {
    await using session = onTerminal([command, '--watch']);
    await session.until((screen) => row.test(screen) && screen.includes('\nconnected'));
    session.press(CTRL_C);
    const { exitCode, screen } = await session.ended();
    expect([exitCode, screen.match(/^ACCOUNT /gm)?.length]).toEqual([0, 1]);
    await expectPicture(`${command}-watch.txt`, screen.replaceAll('^C', ''), RENEW);
  });

  it('chain: the strikes around the money, in colours', async () => {
    await using session = onTerminal(['chain', 'SPY', '--strikes', '3'], { columns: 120 });
    const { exitCode, screen } = await session.ended();
    expect(exitCode).toBe(0);
    await expectPicture('chain.txt', screen, RENEW);
  });

  it('doctor: one question after the other, in colours', async () => {
    await using session = onTerminal(['doctor'], { columns: 120 });
    const { exitCode, screen } = await session.ended();
    expect([exitCode, session.isColoured]).toEqual([0, true]);
    await expectPicture('doctor.txt', screen, RENEW);
  });

  it('history: how far it is, and how long it will still take', async () => {
    await using session = onTerminal(['history', 'SPY', '--from', day(-8), '--to', day(-3), '--bar', '1 min', '--out', 'spy.csv']);
    const { exitCode, screen } = await session.ended();
    expect([exitCode, screen]).toEqual([0, expect.stringMatching(/█ 100% {2}[\d,]+ bars {2}in .*\n[\d,]+ bars in spy\.csv/)]);
    await expectPicture('history-progress.txt', await session.screenAfter(/\d+% {2}[\d,]+ bars {2}.* left/), RENEW);
  });
});

describe('colours', () => {
  it.each([
    [['--no-color'], {}],
    [[], { NO_COLOR: '1' }],
  ])('are not on a terminal with %j %j', async (flags, env) => {
    await using session = onTerminal(['status', ...flags], { env });
    const { exitCode, screen } = await session.ended();
    expect([exitCode, screen, session.raw.includes('\u001b')]).toEqual([0, expect.stringMatching(/^connected for/), false]);
  });
});
