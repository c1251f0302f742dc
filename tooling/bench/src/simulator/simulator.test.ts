import { systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import { afterEach, expect, it } from 'vitest';
import { BareClient } from './bare-client.js';
import { OrderFlow } from './order-flow.js';
import { invented } from './symbols.js';

const SYMBOLS = 30;
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it('lists symbols, feeds a bare reader and hears of every order', async () => {
  const clock = systemClock();
  const simulator = await createSimulator({ speed: 60, startAtMs: Date.UTC(2026, 2, 2, 14, 30), instruments: invented(SYMBOLS), limits: { marketDataLines: Infinity } });
  closers.push(() => simulator.close());
  const flow = new OrderFlow(SYMBOLS, () => clock.monotonic());
  const client = await BareClient.open(simulator.port, 1, flow.read);
  closers.push(() => {
    client.close();
  });
  await client.openLines(SYMBOLS);
  const first = client.ticks;
  expect(first).toBeGreaterThan(SYMBOLS * 8);
  for (let order = 0; order < 60; order += 1) flow.place(client);
  while (flow.unanswered > 0 || flow.countOf('filled') < 30 || flow.countOf('cancelled') < 4) await client.barrier();
  expect(flow.countOf('refused')).toBe(0);
  expect(flow.placed).toBe(60);
  while (client.ticks < first * 2) await client.barrier();
  expect(client.ended).toBe(false);
});
