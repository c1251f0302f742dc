import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TopicSnapshot } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';
import { App } from './app.js';
import { FakeDaemon, STATUS } from './testing/fake-live.js';

const DOWN = { status: 'down', sinceMs: 0, cause: 'socket closed' } as const;
const HEALTHY: TopicSnapshot<'health'> = { state: 'connected', health: STATUS.health, readiness: { dataReady: true, tradeReady: true, reasons: [] }, reconnectCount: 0 };
const BROKEN: TopicSnapshot<'health'> = { state: 'reconnecting', health: { ...STATUS.health, tcp: DOWN, api: DOWN }, readiness: { dataReady: false, tradeReady: false, reasons: ['no session'] }, reconnectCount: 1 };
const ORDER = {
  id: 'o1', key: 'k1', account: 'DU1234567', clientId: 1, orderId: 7, permIds: [], contract: { symbol: 'AAPL', secType: 'STK' }, action: 'BUY', quantity: '10', orderType: 'LMT', limitPrice: '189.9', tif: 'DAY', outsideRth: false,
  terms: {}, status: 'working', ended: false, evidence: 'status', warnings: [], filledQuantity: '0', remainingQuantity: '10', fills: [], stagedAtMs: 0, changedAtMs: 0,
} satisfies TopicSnapshot<'orders'>['orders'][number]; // prettier-ignore
const RISK: TopicSnapshot<'risk'> = { mode: 'paper', gate: [], killSwitch: false, allowedAccounts: [], unknownOrders: 0 };
const snapshot = <T,>(data: T): { readonly type: 'snapshot'; readonly reason: 'start'; readonly mode: 'all'; readonly data: T } => ({ type: 'snapshot', reason: 'start', mode: 'all', data });

let host: HTMLElement;

async function page(daemon: FakeDaemon): Promise<void> {
  await act(() => { render(<App session={daemon.session} clock={daemon.clock} connect={daemon.connect} />, host); });
}

const text = (selector: string): string => host.querySelector(selector)?.textContent ?? '';
const button = (name: string): HTMLButtonElement | undefined => [...host.querySelectorAll('button')].find((element) => element.textContent === name || element.getAttribute('aria-label') === name);

async function click(name: string): Promise<void> {
  await act(() => { button(name)?.click(); });
}

beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
});

afterEach(async () => {
  await act(() => { render(null, host); });
  host.remove();
});

describe('the page', () => {
  it('asks for a token once, and keeps it for this tab only', async () => {
    const daemon = new FakeDaemon({ token: '' });
    await page(daemon);
    expect(text('label')).toBe('Token of the daemon');
    const input = host.querySelector('input');
    await act(() => { if (input !== null) { input.value = ' s3cret '; input.dispatchEvent(new Event('input')); } });
    await act(() => { host.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true })); });
    expect(daemon.session.token.value).toBe('s3cret');
    expect(daemon.topics).toContain('health');
    expect(host.innerHTML).not.toContain('s3cret');
    await click('Sign out');
    expect(text('label')).toBe('Token of the daemon');
    expect(daemon.closed).toContain('stream');
  });

  it('shows a fault of the gateway with the event that tells it, and its end', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.open(); daemon.tell('health', 'health', snapshot(HEALTHY)); });
    expect(host.querySelector('[role=alert]')).toBeNull();
    expect(text('#health')).toContain('connected');
    await act(() => { daemon.tell('health', 'health', { type: 'delta', data: BROKEN, folded: 1 }); });
    expect(text('[role=alert]')).toContain('The gateway is not connected (reconnecting)');
    expect(text('#health')).toContain('socket closed');
    expect(text('#health .reasons')).toBe('no session');
    await act(() => { daemon.tell('health', 'health', { type: 'delta', data: HEALTHY, folded: 1 }); });
    expect(host.querySelector('[role=alert]')).toBeNull();
  });

  it('says that everything may be old when the daemon is away, since when, and recovers', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.open(); daemon.tell('positions', 'positions', snapshot({ positions: [] })); });
    const error = new SystemError({ code: 'IBKR_X', message: 'socket closed' });
    await act(() => { daemon.link({ state: 'lost', error, retryInMs: 1 }); daemon.tell('positions', 'positions', { type: 'lost', reason: 'socket closed' }); });
    await act(async () => { await daemon.clock.advance(5000); });
    // Another attempt that fails does not begin the outage anew.
    await act(() => { daemon.link({ state: 'lost', error, retryInMs: 1 }); });
    expect(text('.banner')).toContain('No connection to the daemon for 5 s');
    expect(host.querySelector('#positions')?.getAttribute('data-stale')).toBe('true');
    await act(() => { daemon.open(); daemon.tell('positions', 'positions', { type: 'resumed' }); });
    expect(host.querySelector('.banner')).toBeNull();
    expect(host.querySelector('#positions')?.hasAttribute('data-stale')).toBe(false);
  });

  it('asks for another token when the daemon does not take this one', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.link({ state: 'closed', error: new SystemError({ code: 'IBKR_STREAM_UNAUTHORIZED', message: 'The token is revoked.' }) }); });
    expect(text('[role=alert]')).toBe('The token is revoked.');
    expect(daemon.session.token.value).toBeUndefined();
  });

  it('shows quotes with mode and age, and never shows a stale one as fresh', async () => {
    const daemon = new FakeDaemon({ symbols: 'SPY' });
    await page(daemon);
    const quote = { symbol: 'SPY', conId: 1, bid: '599.99', ask: '600.01', last: '600', close: '594', mode: 'delayed', stale: false, receivedAtUs: daemon.clock.now() * 1000 } as const;
    await act(() => { daemon.tell('quotes', 'quotes/SPY', snapshot(quote)); });
    expect(text('#quotes tbody tr')).toContain('599.99600.01600.00+1.01 %');
    expect(text('#quotes tbody tr')).toContain('delayed 0 s');
    await act(async () => { await daemon.clock.advance(7000); });
    expect(text('#quotes tbody tr')).toContain('delayed 7 s');
    await act(() => { daemon.tell('quotes', 'quotes/SPY', { type: 'delta', data: { stale: true, staleReason: 'farm down' }, folded: 1 }); });
    expect(text('#quotes tbody tr')).toContain('stale');
    await act(() => { daemon.tell('quotes', 'quotes/SPY', { type: 'delta', data: { stale: false, staleReason: null, bid: null }, folded: 1 }); });
    expect(text('#quotes tbody tr')).toContain('–600.01600.00');
  });

  it('follows the symbols that are added and leaves those that are removed', async () => {
    const daemon = new FakeDaemon({ symbols: 'SPY' });
    await page(daemon);
    const input = host.querySelector<HTMLInputElement>('#symbol');
    await act(() => { if (input !== null) { input.value = 'msft'; input.dispatchEvent(new Event('input')); } });
    await act(() => { host.querySelector('#quotes form')?.dispatchEvent(new Event('submit', { cancelable: true })); });
    expect(daemon.topics).toContain('quotes/MSFT');
    expect(daemon.session.symbols.value).toEqual(['SPY', 'MSFT']);
    await click('Remove SPY');
    expect(daemon.closed).toContain('quotes/SPY');
    expect(text('#quotes tbody')).not.toContain('SPY');
  });

  it('takes no text of others for HTML', async () => {
    const daemon = new FakeDaemon();
    daemon.errors = [{ atMs: 0, code: 'IBKR_X', message: '<img src=x onerror=alert(1)>\u0007\u202Eevil', tips: ['<script>alert(2)</script>'], count: 2 }];
    await page(daemon);
    await act(async () => { await daemon.clock.advance(2000); });
    expect(host.querySelector('#errors img, #errors script')).toBeNull();
    expect(text('#errors')).toContain('<img src=x onerror=alert(1)>');
    expect(text('#errors')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('has no way to trade with a read token', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.open('read'); daemon.tell('orders', 'orders', snapshot({ orders: [ORDER] })); daemon.tell('risk', 'risk', snapshot(RISK)); });
    expect(text('#orders')).toContain('BUY 10 AAPL');
    for (const name of ['Cancel', 'Cancel all', 'Kill switch']) expect(button(name), name).toBeUndefined();
  });

  it('asks before it cancels, and tells when that was refused', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.open('trade'); daemon.tell('orders', 'orders', snapshot({ orders: [ORDER] })); daemon.tell('risk', 'risk', snapshot(RISK)); });
    await click('Cancel');
    expect(text('dialog')).toContain('Cancel this order?BUY 10 AAPL LMT');
    await click('Keep as it is');
    expect(daemon.calls).toEqual([]);
    await click('Cancel');
    await act(() => { host.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })); });
    expect(daemon.calls).toEqual([['cancelOrder', { id: 'o1' }]]);
    await act(() => Promise.resolve());
    expect(text('#orders .failure')).toBe('cancelOrder is refused <b>here</b>');
    await click('Kill switch');
    await act(() => { host.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })); });
    expect(daemon.calls.at(-1)).toEqual(['kill', { body: { reason: 'dashboard' } }]);
  });

  it('shows an unknown order as what it is', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { daemon.tell('orders', 'orders', snapshot({ orders: [{ ...ORDER, status: 'unknown', reason: 'no answer' }] })); daemon.tell('risk', 'risk', snapshot({ ...RISK, unknownOrders: 1, gate: [{ reason: 'UNKNOWN_ORDER', explanation: 'an order is unknown' }] })); });
    expect(host.querySelector('#orders .badge.bad')?.textContent).toBe('unknown');
    expect(text('#risk')).toContain('closed');
    expect(text('#risk .reasons')).toBe('an order is unknown');
  });

  it('is worked with the keyboard', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    const press = (key: string): void => { document.dispatchEvent(new KeyboardEvent('keydown', { key })); };
    press('/');
    expect(document.activeElement?.id).toBe('symbol');
    (document.activeElement as HTMLElement | null)?.blur();
    press('7');
    expect(document.activeElement?.id).toBe('orders');
    for (const panel of host.querySelectorAll('.panel')) expect(panel.getAttribute('aria-labelledby')).toBe(`${panel.id}-title`);
    for (const found of host.querySelectorAll('button')) expect(`${found.textContent}${found.getAttribute('aria-label') ?? ''}`).not.toBe('');
  });

  it('keeps the theme that was chosen', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await click('Theme: auto');
    await click('Theme: light');
    expect(document.documentElement.dataset['theme']).toBe('dark');
  });

  it('leaves nothing behind', async () => {
    const daemon = new FakeDaemon();
    await page(daemon);
    await act(() => { render(null, host); });
    await act(() => Promise.resolve());
    expect(daemon.closed).toContain('stream');
    expect(daemon.clock.pending).toBe(0);
  });
});
