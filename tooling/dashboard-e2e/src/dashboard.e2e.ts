import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { DaemonClient } from '@ibkit/websocket-provider';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './browser.js';
import { DaemonProcess } from './daemon-process.js';

const PICTURES = fileURLToPath(new URL('../../../docs/dashboard/', import.meta.url));
/** What a fault may take to be seen, in milliseconds. */
const SEEN_MS = 2_000;

const clock = systemClock();
/** In the order that they were opened. */
const closing: (() => Promise<unknown>)[] = [];

let browser: Browser;
let simulator: Simulator;
let daemon: DaemonProcess;
let directory: string;
let page: Page;
/** What the browser complained about: a policy that was broken, a file that was missing, a script that threw. */
const complaints: string[] = [];

async function open(width = 1280, height = 900, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width, height }, colorScheme });
  opened.on('console', (message) => { if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket connection to|Failed to load resource/u.test(message.text())) complaints.push(message.text()); });
  opened.on('pageerror', (error) => complaints.push(error.message));
  opened.on('dialog', (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); void dialog.dismiss(); });
  await opened.goto(`${daemon.url}/`);
  await opened.getByLabel('Token of the daemon').fill(daemon.token);
  await opened.keyboard.press('Enter');
  await opened.locator('#health .badge', { hasText: 'connected' }).waitFor();
  return opened;
}

/** How long until something is seen, in milliseconds. */
async function seenAfter(act: () => unknown, seen: Promise<unknown>): Promise<number> {
  const startMs = clock.monotonic();
  await act();
  await seen;
  return clock.monotonic() - startMs;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-dashboard-'));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  await mkdir(PICTURES, { recursive: true });
  simulator = await createSimulator({ seed: 7 });
  closing.push(() => simulator.close());
  daemon = await DaemonProcess.start({ gatewayPort: simulator.port, stateDirectory: directory });
  closing.push(() => daemon.kill());
  browser = await openBrowser();
  closing.push(() => browser.close());
  page = await open();
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

describe('the dashboard in a browser', () => {
  it('asks for the token once, and keeps it out of the address', async () => {
    expect(page.url()).toBe(`${daemon.url}/`);
    await page.reload();
    await page.locator('#health .badge', { hasText: 'connected' }).waitFor();
  });

  it('shows live quotes that move, and a chart of them', async () => {
    const bid = page.locator('#quotes tbody tr').first().locator('td').nth(1);
    await expect.poll(() => bid.textContent(), { timeout: 20_000 }).toMatch(/^\d/u);
    const before = await page.locator('#quotes tbody').textContent();
    await expect.poll(() => page.locator('#quotes tbody').textContent(), { timeout: 20_000 }).not.toBe(before);
    await page.locator('#quotes canvas').waitFor();
  });

  it('shows an order that somebody else places, and cancels it by keyboard', async () => {
    await using client = new DaemonClient({ url: daemon.url, token: daemon.token });
    await client.placeOrder({ body: { ticket: { kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 3, orderType: 'LMT', limitPrice: 1 } } }, { idempotencyKey: 'seen-in-the-page' });
    await page.locator('#orders tbody tr', { hasText: 'seen-in-the-page' }).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#orders', { hasText: 'No open orders' }).waitFor();
    expect((await client.order({ id: 'seen-in-the-page' })).status).toBe('cancelled');
  });

  it('is worth looking at: light, dark, and on a phone', async () => {
    await using client = new DaemonClient({ url: daemon.url, token: daemon.token });
    const order = (symbol: string, quantity: number, terms: { readonly orderType: 'MKT' } | { readonly orderType: 'LMT'; readonly limitPrice: number }, key: string): Promise<unknown> =>
      client.placeOrder({ body: { ticket: { kind: 'order', instrument: { symbol }, action: 'BUY', quantity, ...terms } } }, { idempotencyKey: key });
    await order('SPY', 20, { orderType: 'MKT' }, 'first-buy');
    await order('AAPL', 50, { orderType: 'MKT' }, 'second-buy');
    await order('MSFT', 5, { orderType: 'LMT', limitPrice: 1 }, 'rests');
    await page.locator('#positions tbody tr').nth(1).waitFor();
    await page.locator('#orders tbody tr', { hasText: 'rests' }).waitFor();
    for (const [name, width, height, scheme] of [['light', 1440, 1500, 'light'], ['dark', 1440, 1500, 'dark'], ['phone', 390, 844, 'dark']] as const) {
      const shown = await open(width, height, scheme);
      await shown.locator('#orders tbody tr', { hasText: 'rests' }).waitFor();
      await shown.locator('#quotes canvas').waitFor();
      await expect.poll(() => shown.locator('#quotes tbody tr').nth(1).textContent()).toMatch(/\d\d/u);
      // A chart of a moment is no picture of a chart.
      await shown.waitForTimeout(4000);
      const sideways = await shown.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(sideways, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
      await shown.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: name === 'phone' });
      await shown.close();
    }
  });

  it('shows a fault of the gateway within two seconds, and recovers', async () => {
    const alert = page.locator('.banner', { hasText: 'The gateway is not connected' });
    const tookMs = await seenAfter(() => {
      simulator.control.inject({ type: 'refuse' });
      simulator.control.inject({ type: 'drop', how: 'rst' });
    }, alert.waitFor());
    expect(tookMs).toBeLessThan(SEEN_MS);
    await page.screenshot({ path: path.join(PICTURES, 'fault.png') });
    await page.locator('#quotes .badge', { hasText: 'stale' }).first().waitFor();
    simulator.control.clearFaults();
    await alert.waitFor({ state: 'detached' });
    await page.locator('#quotes .badge', { hasText: 'stale' }).first().waitFor({ state: 'detached' });
    process.stdout.write(`a fault of the gateway was seen after ${Math.round(tookMs)} ms\n`);
  });

  it('shows within two seconds that the daemon is gone, and recovers when it is back', async () => {
    const banner = page.locator('.banner', { hasText: 'No connection to the daemon' });
    const { listen } = daemon;
    const tookMs = await seenAfter(() => daemon.kill(), banner.waitFor());
    expect(tookMs).toBeLessThan(SEEN_MS);
    daemon = await DaemonProcess.start({ gatewayPort: simulator.port, stateDirectory: directory, listen });
    await banner.waitFor({ state: 'detached' });
    await page.locator('#health .badge', { hasText: 'connected' }).waitFor();
    await page.locator('#orders tbody tr', { hasText: 'rests' }).waitFor();
    process.stdout.write(`the end of the daemon was seen after ${Math.round(tookMs)} ms\n`);
  });

  it('takes what the broker says for text', async () => {
    simulator.control.inject({ type: 'notice', code: 2103, text: 'Market data farm connection is broken:<img src=x onerror=alert(1)>' });
    await page.locator('#health li', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  it('broke no rule of the browser on the way', () => {
    expect(complaints).toEqual([]);
  });
});
