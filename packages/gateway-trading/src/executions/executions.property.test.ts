import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { OrderLedger } from '../orders/order-ledger.js';
import type { FakeOrder } from '../testing/fake-connection.js';
import { BUY, readyRig, recordsOf } from '../testing/rig.js';

/** One execution, with how often the exchange corrected it. */
interface Execution {
  readonly size: number;
  readonly corrections: number;
}

const EXECUTION = fc.record<Execution>({ size: fc.integer({ min: 1, max: 40 }), corrections: fc.nat({ max: 2 }) });

function idOf(index: number, revision: number): string {
  return `0001.65f.${index}.0${revision}`;
}

/** Everything that the broker says about the executions: each revision with its price and its cost. */
function said(order: FakeOrder, executions: readonly Execution[]): readonly ServerMessage[] {
  return executions.flatMap(({ size, corrections }, index) =>
    Array.from({ length: corrections + 1 }, (_, revision): readonly ServerMessage[] => [
      order.execution(idOf(index, revision + 1), size, 100 + index + revision),
      order.commission(idOf(index, revision + 1), index + revision + 0.5),
    ]).flat(),
  );
}

describe('whatever the order, the copies and the corrections', () => {
  it('every execution counts once, as it was corrected last, with its own cost', async () => {
    const scene = fc.array(EXECUTION, { minLength: 1, maxLength: 4 }).chain((executions) => {
      const count = executions.reduce((sum, { corrections }) => sum + 2 * (corrections + 1), 0);
      const every = fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count });
      return fc.record({ executions: fc.constant(executions), first: every, again: fc.array(fc.nat({ max: count - 1 }), { maxLength: 12 }), withStatus: fc.boolean() });
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ executions, first, again, withStatus }) => {
        const journal = memoryJournal();
        const { connection, trading, broker } = await readyRig({ journal });
        const total = executions.reduce((sum, { size }) => sum + size, 0);
        const handle = await trading.place({ ...BUY, quantity: total });
        const order = broker();
        const messages = said(order, executions);
        const news: number[] = [];
        trading.events.on('order.filled', ({ fill }) => news.push(fill.quantity));
        for (const index of [...first, ...again]) {
          const message = messages[index];
          if (message === undefined) throw new Error('there is no such message');
          connection.emit(message);
          expect(handle.state.filledQuantity).toBeLessThanOrEqual(total);
        }
        if (withStatus) connection.emit(order.orderStatus('Filled', total));

        const { status, filledQuantity, fills, averagePrice } = handle.state;
        expect([status, filledQuantity, fills.length]).toEqual(['filled', total, executions.length]);
        const paid = executions.reduce((sum, { size, corrections }, index) => sum + size * (100 + index + corrections), 0);
        expect(averagePrice).toBeCloseTo(paid / total, 9);
        for (const [index, { size, corrections }] of executions.entries()) {
          const fill = fills.find(({ execId }) => execId === idOf(index, corrections + 1));
          expect(fill).toMatchObject({ quantity: size, price: 100 + index + corrections, commission: { status: 'known', amount: index + corrections + 0.5 } });
        }
        expect(news.length).toBeGreaterThanOrEqual(executions.length);
        expect(trading.fills()).toHaveLength(executions.length);
        await trading.close();

        const replayed = new OrderLedger();
        for (const record of await recordsOf(journal)) replayed.apply(record);
        expect(replayed.all()).toEqual([handle.state]);
      }),
      { numRuns: 60 },
    );
  });
});
