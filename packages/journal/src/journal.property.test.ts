import { isIbkrError } from '@ibkit/error-codes';
import { memoryJournal } from '@ibkit/gateway-trading';
import type { JournalRecord } from '@ibkit/gateway-trading';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JournalDirectory, entriesOf, floor, staged } from './testing/directories.js';

const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({ value: fc.integer({ min: -3, max: 12 }), clientId: fc.constantFrom(0, 1) }).map(({ value, clientId }) => floor(value, { clientId })),
  fc
    .record({ orderId: fc.integer({ min: -1, max: 12 }), clientId: fc.constantFrom(0, 1), key: fc.constantFrom('a', 'b'), attempt: fc.integer({ min: 1, max: 3 }), intentId: fc.integer({ min: 0, max: 20 }) })
    .map(({ orderId, intentId, ...rest }) => staged(orderId, { ...rest, intentId: `I${intentId}` })),
  fc.string({ unit: 'binary' }).map((reason): JournalRecord => ({ type: 'killSwitch', engaged: true, reason, atMs: 1 })),
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), records: fc.array(record, { minLength: 1, maxLength: 3 }), term: fc.integer({ min: 0, max: 3 }), seqError: fc.constantFrom(0, 0, 0, 0, -1, 1) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** Which of several broken rules is named first is nobody's promise. */
function codeOf(error: unknown): unknown {
  return isIbkrError(error) ? error.code : error;
}

// Two implementations of the rules, one of them in SQL: they must agree on every answer.
it('answers as the memory journal does, keeps what it acknowledged, and its floors never decrease', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using directory = new JournalDirectory();
      const model = memoryJournal();
      let journal = await directory.open();
      for (const one of steps) {
        if (one.kind === 'reopen') {
          await journal.close();
          journal = await directory.open();
          continue;
        }
        const guard = { term: one.term, expectedSeq: (await model.head()).seq + one.seqError };
        const answers = await Promise.all(
          [model, journal].map((each) => each.append(one.records, guard).catch(codeOf)),
        );
        expect(answers[1]).toEqual(answers[0]);
      }
      expect(await entriesOf(journal)).toEqual(await entriesOf(model));
      expect(await journal.verify()).toMatchObject({ ok: true });
      const used = new Map<number, number>();
      for (const { record: { ...seen } } of await entriesOf(journal)) {
        if (seen.type !== 'order.staged') continue;
        expect(seen.orderId).toBeGreaterThan(used.get(seen.clientId) ?? 0);
        used.set(seen.clientId, seen.orderId);
      }
    }),
    { numRuns: 30 },
  );
});
