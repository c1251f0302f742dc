import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { waitForState } from '@ibkit/simulator/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

let simulator: Simulator;
let gateway: readonly (string | number)[];
let options: RunOptions;

beforeEach(async () => {
  simulator = await createSimulator({ port: 0 });
  gateway = ['--port', simulator.port];
  options = { env: { IBKIT_STATE_DIR: temporaryDirectory() } };
});

afterEach(() => simulator.close());

const REST = ['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--no-wait'] as const;

describe('a working order', () => {
  it('is listed, changed and cancelled by its key', async () => {
    await run([...REST, '--key', 'k1', '--tag', 'mine', ...gateway], options);
    const listed = await run(['orders', '--json', ...gateway], options);
    expect(OUTPUT_SCHEMAS.orders.parse(listed.out.documents[0]).orders).toEqual([expect.objectContaining({ key: 'k1', tag: 'mine', ended: false })]);
    expect((await run(['orders', ...gateway], options)).out.text).toMatch(/^TIME +KEY +ID +SIDE[^]*k1 +\d+ +BUY +10 +AAPL +LMT +2\.00/);

    const changed = await run(['order', 'modify', 'k1', '--limit', 3, '--json', ...gateway], options);
    expect([changed.exitCode, OUTPUT_SCHEMAS['order-state'].parse(changed.out.documents[0])]).toEqual([0, expect.objectContaining({ key: 'k1', limitPrice: 3 })]);
    expect(simulator.control.state().openOrders).toEqual([expect.objectContaining({ ticket: expect.objectContaining({ lmtPrice: 3 }) as unknown })]);

    const cancelled = await run(['order', 'cancel', 'k1', ...gateway], options);
    expect([cancelled.exitCode, cancelled.out.text]).toEqual([0, expect.stringMatching(/: cancelled, order \d+, key k1/)]);
    expect(simulator.control.state().openOrders).toHaveLength(0);
    expect((await run(['order', 'cancel', 'nobody', ...gateway], options)).exitCode).toBe(1);
  });

  it('goes with all others', async () => {
    await run([...REST, ...gateway], options);
    await run([...REST, ...gateway], options);
    const { exitCode, out } = await run(['order', 'cancel-all', ...gateway], options);
    expect([exitCode, out.text]).toEqual([0, 'Cancel all\n  ours      2 cancelled, 0 still open, 0 could not be asked for\n']);
    expect((await run(['order', 'cancel-all', '--json', ...gateway], options)).out.documents).toEqual([{ asked: [], failed: [], global: false }]);
  });
});

describe('a position', () => {
  it('is bought, shown with its fills, and closed', async () => {
    await run(['order', 'buy', 'AAPL', 10, '--submit', '--key', 'in', ...gateway], options);
    const fills = await run(['fills', '--key', 'in', '--json', ...gateway], options);
    expect(OUTPUT_SCHEMAS.fills.parse(fills.out.documents[0]).fills.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(10);
    const preview = await run(['close', 'AAPL', ...gateway], options);
    expect(preview.out.lines[0]).toBe('Preview  CLOSE all AAPL at the market, DAY');
    const closed = await run(['close', 'AAPL', '--submit', '--json', ...gateway], options);
    expect([closed.exitCode, OUTPUT_SCHEMAS.order.parse(closed.out.documents[0])]).toEqual([0, expect.objectContaining({ submitted: true, orders: [expect.objectContaining({ action: 'SELL', status: 'filled', filledQuantity: 10 })] as unknown })]);
    expect((await run(['positions', ...gateway], options)).out.text).toBe('No positions.\n');
    expect((await run(['close', 'AAPL', '--submit', ...gateway], options)).exitCode).not.toBe(0);
  });
});

describe('kinds of orders', () => {
  it.each([
    [['--stop', 1], { orderType: 'STP', auxPrice: 1 }],
    [['--stop', 1, '--limit', 2], { orderType: 'STP LMT', auxPrice: 1, lmtPrice: 2 }],
    [['--limit', 2, '--tif', 'GTC', '--outside-rth'], { orderType: 'LMT', tif: 'GTC', outsideRth: true }],
  ])('%j', async (flags, order) => {
    await run(['order', 'sell', 'AAPL', 1, ...flags, '--submit', '--no-wait', ...gateway], options);
    await waitForState(simulator, ({ openOrders, completedOrders }) => openOrders.length + completedOrders.length === 1, { timeoutMs: 20_000 });
    const [found] = [...simulator.control.state().openOrders, ...simulator.control.state().completedOrders];
    expect(found).toMatchObject({ ticket: order });
  });

  it('a bracket shows its three orders', async () => {
    const { exitCode, out } = await run(['order', 'buy', 'AAPL', 1, '--limit', 2, '--take-profit', 3, '--stop-loss', 1, '--submit', '--no-wait', '--json', ...gateway], options);
    const placed = OUTPUT_SCHEMAS.order.parse(out.documents[0]);
    expect([exitCode, placed]).toEqual([8, expect.objectContaining({ submitted: true, orders: expect.any(Array) as unknown })]);
    await waitForState(simulator, ({ openOrders }) => openOrders.length === 3, { timeoutMs: 20_000 });
  });

  it('a vertical spread is previewed with its risk', async () => {
    const chain = OUTPUT_SCHEMAS.chain.parse((await run(['chain', 'SPY', '--strikes', 2, '--right', 'C', '--json', ...gateway])).out.documents[0]);
    const strikes = chain.rows.map(({ strike }) => strike);
    const argv = ['spread', 'vertical', 'SPY', '--expiry', chain.expiries[0] ?? '', '--right', 'C', '--long', strikes[0] ?? 0, '--short', strikes[1] ?? 0, '--limit', 0.5];
    const { exitCode, out } = await run([...argv, ...gateway], options);
    expect([exitCode, out.text]).toEqual([0, expect.stringMatching(/^Preview {2}1 SPY vertical [^]*max gain[^]*max loss[^]*Add --submit to send it\.\n$/)]);
    const json = await run([...argv, '--json', ...gateway], options);
    expect(OUTPUT_SCHEMAS.order.safeParse(json.out.documents[0]).error?.issues).toBeUndefined();
  });

  it.each([
    [['order', 'buy', 'AAPL', 1, '--trail', 1, '--trail-percent', 1]],
    [['order', 'buy', 'AAPL', 1, '--tif', 'GTD']],
    [['order', 'buy', 'AAPL', 1, '--key', 'two words']],
    [['order', 'modify', 'k1']],
    [['spread', 'vertical', 'SPY', '--expiry', '2026-12-18', '--right', 'C', '--long', 5, '--short', 5]],
    [['spread', 'vertical', 'SPY', '--expiry', 'soon', '--right', 'C', '--long', 5, '--short', 6]],
    [['spread', 'vertical', 'SPY']],
  ])('%j exits 2', async (argv) => {
    expect((await run([...argv, ...gateway], options)).exitCode).toBe(2);
  });
});

describe('a live order at a terminal', () => {
  it.each([
    ['no\n', 1, 'Not confirmed: nothing was sent.'],
    ['yes\n', 6, 'not armed'],
  ])('is asked about: %j', async (input, exitCode, text) => {
    await using live = await createSimulator({ port: 0, accounts: ['U1234567'], forceAccounts: true });
    const running = start(['order', 'buy', 'AAPL', 1, '--submit', '--live', '--account-id', 'U1234567', '--port', live.port], { ...options, terminal: true });
    await running.err.until((shown) => shown.includes('Type yes to go on'));
    expect(running.err.text).toContain('(LIVE)');
    running.in.type(input);
    expect(await running.exitCode).toBe(exitCode);
    expect(running.err.text).toContain(text);
    expect(live.control.state().openOrders).toHaveLength(0);
  });
});
