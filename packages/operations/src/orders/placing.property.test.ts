import { statusOf } from '@ibkit/api-contract';
import type { ApiOrderTicket, ApiPlaced } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { memoryJournal } from '@ibkit/gateway-trading';
import { createSimulator } from '@ibkit/simulator';
import type { SimulatorFault } from '@ibkit/simulator';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IN_SESSION_MS, createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { ordersSeen, ticketOf } from '../testing/tickets.js';

const BUY = { kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 };
const TICKETS: readonly ApiOrderTicket[] = [
  ticketOf(BUY),
  ticketOf({ ...BUY, quantity: 2 }),
  ticketOf({ kind: 'bracket', entry: { instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 10 }, stopLoss: { stopPrice: 5 } }),
  // 100 of it are there: a close that is done twice would be seen.
  ticketOf({ kind: 'close', instrument: { symbol: 'MSFT' }, quantity: 3, limitPrice: 9_000 }),
];
const KEYS = ['k1', 'k2', 'k3'];

/** When a caller hangs up: never, at once, after some turns of the program, as soon as something is written down. */
const HANG_UPS = ['never', 'never', 'atOnce', 'soon', 'staged'] as const;

interface Call {
  readonly key: string;
  readonly ticket: ApiOrderTicket;
  readonly hangUp: (typeof HANG_UPS)[number];
  readonly waitMs: number;
}

/** What goes wrong with the next orders. */
const FAULTS = [{ type: 'lose-ack' }, { type: 'duplicate-callbacks' }, { type: 'drop', after: { message: 'placeOrder', count: 1 } }] as const satisfies readonly SimulatorFault[];

type Step = { readonly calls: readonly Call[] } | (typeof FAULTS)[number] | 'restart' | 'drop';

const call = fc.record({ key: fc.constantFrom(...KEYS), ticket: fc.constantFrom(...TICKETS), hangUp: fc.constantFrom(...HANG_UPS), waitMs: fc.constantFrom(0, 5_000) });
const step: fc.Arbitrary<Step> = fc.oneof({ weight: 6, arbitrary: fc.record({ calls: fc.array(call, { minLength: 1, maxLength: 4 }) }) }, { weight: 3, arbitrary: fc.constantFrom<Step[]>('restart', 'drop', ...FAULTS) });

/** What a call may end with besides an answer: a key of another ticket, a gate that is closed, a close that another one is doing, a provably unsent order. */
const HONEST: ReadonlySet<string> = new Set(['IBKR_ORDER_KEY_CONFLICT', 'IBKR_ORDER_GATE_REFUSED', 'IBKR_CLOSE_CONFLICT', 'IBKR_ORDER_UNSENT', 'IBKR_NOT_CONNECTED', 'IBKR_SESSION_CLOSED', 'IBKR_ORDER_ABANDONED']);

async function play(rig: Rig, { key, ticket, hangUp, waitMs }: Call): Promise<ApiPlaced | undefined> {
  const caller = new AbortController();
  const gone = new Error('hung up');
  const hang = (): void => {
    caller.abort(gone);
  };
  const off = hangUp === 'staged' ? rig.trading.events.on('order.statusChanged', hang) : undefined;
  try {
    const answer = rig.ask('placeOrder', { waitMs, body: { ticket } }, { idempotencyKey: key, signal: caller.signal });
    if (hangUp === 'atOnce') hang();
    if (hangUp === 'soon') for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    if (hangUp === 'soon') hang();
    return await answer;
  } catch (error) {
    if (error === gone || (isIbkrError(error) && HONEST.has(error.code))) return undefined;
    throw error;
  } finally {
    off?.();
  }
}

it('sends each key at most once, and answers equal tickets under one key with the same orders, whoever hangs up, drops or restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const simulator = await createSimulator({ startAtMs: IN_SESSION_MS });
      const journal = memoryJournal();
      const open = (): Promise<Rig> => createRig({ on: simulator, trading: { journal, absenceWindowMs: 5, reconcileRetryMs: 5, ackTimeoutMs: 50, lingerMs: 1 } });
      let rig = await open();
      try {
        await rig.ask('placeOrder', { body: { ticket: ticketOf({ ...BUY, instrument: { symbol: 'MSFT' }, quantity: 100, orderType: 'MKT', limitPrice: undefined }) } }, { idempotencyKey: 'position' });
        await rig.trading.order('position')?.filled({ timeoutMs: 10_000 });
        const answers: { readonly key: string; readonly ticket: ApiOrderTicket; readonly ids: string }[] = [];
        const playAll = async (calls: readonly Call[]): Promise<void> => {
          const results = await Promise.all(calls.map(async (each) => ({ ...each, placed: await play(rig, each) })));
          for (const { key, ticket, placed } of results) {
            if (placed === undefined) continue;
            expect([200, 201, 202]).toContain(statusOf('placeOrder', placed));
            answers.push({ key, ticket, ids: placed.orders.map(({ id }) => id).join() });
          }
        };
        for (const each of steps) {
          if (each === 'restart') {
            await rig[Symbol.asyncDispose]();
            rig = await open();
          } else if (each === 'drop') {
            simulator.control.dropClients('rst');
            await playAll([{ key: 'k1', ticket: TICKETS[0] ?? ticketOf(BUY), hangUp: 'never', waitMs: 0 }]);
          } else if ('calls' in each) await playAll(each.calls);
          else simulator.control.inject(each);
          await rig.trading.ready({ timeoutMs: 10_000 });
        }
        await expect.poll(() => rig.trading.orders().some(({ status }) => ['staged', 'sending', 'unknown'].includes(status)), { timeout: 10_000 }).toBe(false);

        const orders = rig.trading.orders().filter(({ status }) => status !== 'unsent');
        const refs = ordersSeen(simulator).map(({ order }) => order.orderRef);
        expect(new Set(refs).size).toBe(refs.length);
        expect(new Set(orders.map(({ key }) => key)).size).toBe(orders.length);
        expect(orders.map(({ orderRef }) => orderRef)).toEqual(expect.arrayContaining(refs));
        // What a broken link swallowed is absent by the journal; then the broker does not have it. An entry may arrive without its exit, and is nothing without it.
        const atBroker = simulator.control.state().openOrders.map(({ orderId }) => orderId);
        for (const { status, orderId, orderRef } of orders) expect([orderRef, status === 'absent' ? !atBroker.includes(orderId) : refs.includes(orderRef)]).toEqual([orderRef, true]);
        for (const key of KEYS) {
          const own = answers.filter((answer) => answer.key === key);
          expect(new Set(own.map(({ ids }) => ids)).size).toBeLessThanOrEqual(1);
          expect(new Set(own.map(({ ticket }) => ticket)).size).toBeLessThanOrEqual(1);
        }
        for (const { key, ticket, ids } of answers) expect((await rig.ask('placeOrder', { body: { ticket } }, { idempotencyKey: key })).orders.map(({ id }) => id).join()).toBe(ids);
      } finally {
        await rig[Symbol.asyncDispose]();
        await simulator.close();
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);
