import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { OrderLedger } from '../orders/order-ledger.js';
import type { OrderState } from '../orders/order-state.js';
import { BUY, readyRig, recordsOf } from '../testing/rig.js';

describe('whatever the order, the copies and the outages', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('callback' as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant('outage' as const), pick: fc.nat({ max: 3 }) }),
  );

  it('places once, books every fill once, and ends with the truth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }), fc.array(event, { maxLength: 25 }), async (parts, events) => {
        const journal = memoryJournal();
        const { connection, trading, broker, settle } = await readyRig({ journal });
        const handle = await trading.place({ ...BUY, key: 'k' });
        const order = broker();
        const total = parts.reduce((sum, part) => sum + part, 0);
        const executions = parts.map((part, index) => order.execution(`a.b.${index}.01`, part));
        const commissions = parts.map((_, index) => order.commission(`a.b.${index}.01`, 1));
        const callbacks = [order.openOrder('PreSubmitted'), order.orderStatus('Submitted'), ...executions, ...commissions, order.orderStatus('Cancelled', total)];
        connection.broker.executions = executions;
        connection.broker.commissions = commissions;
        connection.broker.completed = [order.completedOrder('Cancelled', total)];
        const states: OrderState['status'][] = [];
        for (const { kind, pick } of events) {
          if (kind === 'outage') {
            connection.down();
            if (pick > 0) await settle();
            connection.up({ nextValidId: 1 + pick });
          } else {
            const callback = callbacks[pick % callbacks.length];
            if (callback !== undefined) connection.emit(callback);
          }
          if (pick % 2 === 0) await settle();
          states.push(handle.state.status);
          await trading.place({ ...BUY, key: 'k' });
        }
        await trading.reconcile();
        expect(handle.state).toMatchObject({ status: 'cancelled', filledQuantity: total });
        expect(handle.state.fills).toHaveLength(parts.length);
        expect(handle.state.fills.every(({ commission }) => commission.status === 'known')).toBe(true);
        expect(connection.placed).toHaveLength(1);
        const firstEnd = states.indexOf('cancelled');
        expect(firstEnd < 0 || states.slice(firstEnd).every((status) => status === 'cancelled')).toBe(true);
        await trading.close();
        expect(connection.clock.pending).toBe(0);
        const replayed = new OrderLedger();
        for (const record of await recordsOf(journal)) replayed.apply(record);
        expect(replayed.all()).toEqual([handle.state]);
      }),
      { numRuns: 60 },
    );
  });
});
