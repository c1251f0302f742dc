import { afterAll, describe, expect, it } from 'vitest';
import { smallRepository, smallRow } from '../testing/small-repository.js';
import { PrivateCopy } from './private-copy.js';
import { Prover } from './prove.js';
import { TestRunner } from './test-runner.js';

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['doubled', 'of %s is twice that', ['doubled: throws']],
  ['doubled({ step })', 'takes another step', ['doubled({ step }): left out where it comes in']],
  ['Counter', 'counts from where it is told', ['Counter: its constructor throws']],
  ['Counter({ start })', 'counts from where it is told', ['Counter({ start }): left out where it comes in']],
  ['Counter.next', 'says when it is full', ['Counter.next: throws']],
  ["on('counter.full')", 'says when it is full', ["on('counter.full'): never told"]],
  ['Counter.next', 'goes up by one', ['Counter.next: through after: throws']],
  ['LIMIT', 'says when it is full', ['LIMIT: NaN']],
  ['LIMIT', 'counts from where it is told', ['LIMIT: not noticed: 0; not noticed: NaN; not noticed: one more']],
  ['doubled', 'is there', ['doubled: not noticed: throws']],
  ['doubled', 'is nowhere', ['test not found: nothing in packages/counter/src/counter.test.ts has this title']],
  ['doubled', 'fails by itself', ['the test fails as it is: expected 4 to be 5 // Object.is equality']],
  ['tripled', 'is there', ['tripled: nothing found that could be taken out']],
];

describe('a feature that is taken out', () => {
  const copy = new PrivateCopy(smallRepository());
  const runner = new TestRunner(copy.root);
  const hand = { member: 'packages/counter', file: 'packages/counter/src/counter.ts', search: 'value * step', replace: 'value' };
  const rows = CASES.map(([name, title]) => smallRow(name, title));
  const prover = new Prover({ copy, runner, rows, edits: [{ ...hand, what: 'By hand' }, { ...hand, what: 'By hand, blind' }, { ...hand, what: 'By hand, gone', search: 'value / step' }] });
  const before = copy.read('packages/counter/src/counter.ts');

  afterAll(async () => {
    await runner.close();
    copy[Symbol.dispose]();
  });

  it.each(CASES)('%s, %s: %j', async (name, title, by) => {
    const { verdict, by: found } = await prover.prove(smallRow(name, title));
    expect([verdict, found]).toEqual([/not |nothing|fails/.test(by.join()) ? 'not proved' : 'proved', by]);
    expect(copy.read('packages/counter/src/counter.ts')).toBe(before);
  });

  it('is not proved by a test in another file that is not there', async () => {
    const { by } = await prover.prove({ ...smallRow('doubled', 'is there'), file: 'packages/counter/src/none.test.ts' });
    expect(by).toEqual(['test not found: there is no packages/counter/src/none.test.ts']);
  });

  it('is taken out by an edit by hand where there is one', async () => {
    const noticed = await prover.prove({ ...smallRow('doubled', 'of %s is twice that'), what: 'By hand' });
    const blind = await prover.prove({ ...smallRow('doubled', 'is there'), what: 'By hand, blind' });
    expect([noticed.verdict, noticed.by, blind.verdict, blind.by]).toEqual(['proved', ['edit by hand'], 'not proved', ['not noticed: edit by hand']]);
    await expect(prover.prove({ ...smallRow('doubled', 'is there'), what: 'By hand, gone' })).rejects.toThrow('must find its text once');
  });
});
