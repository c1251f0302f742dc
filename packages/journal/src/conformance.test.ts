import { createTestClock } from '@ibkit/clock/testing';
import { COORDINATOR_RULES, JOURNAL_RULES } from '@ibkit/gateway-trading/testing';
import { describe, expect, it } from 'vitest';
import { JournalDirectory } from './testing/directories.js';

describe('the SQLite journal', () => {
  it.each(JOURNAL_RULES)('$name', async (rule) => {
    await using directory = new JournalDirectory();
    await expect(rule.check({ journal: await directory.open(), reopen: () => directory.open() })).resolves.toBeUndefined();
  });
});

describe('the coordinator of a directory', () => {
  it.each(COORDINATOR_RULES)('$name', async (rule) => {
    await using directory = new JournalDirectory();
    const clock = createTestClock();
    const coordinator = async (): Promise<Awaited<ReturnType<typeof directory.open>>['coordinator']> => (await directory.open({ clock })).coordinator;
    await expect(
      rule.check({ coordinator: await coordinator(), other: coordinator, journal: () => directory.open({ clock }), settle: () => clock.advance(1_000) }),
    ).resolves.toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});
