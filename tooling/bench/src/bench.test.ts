import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlastServer } from './blast-server.js';
import { planFor } from './plans.js';
import { SUBJECTS, measure } from './subjects.js';
import { median, tableOf } from './table.js';
import { blobOf } from './workloads.js';

describe('the benchmark', () => {
  let server: BlastServer;
  beforeAll(async () => {
    server = await BlastServer.start('tick');
  });
  afterAll(() => server.close());

  it.each(SUBJECTS)('runs %s and gets everything', async (subject) => {
    const { messages } = blobOf('tick');
    const { delivered, cpuMs } = await measure(subject, { port: server.port, warmUpRounds: 1, rounds: 1 });
    // Prices come with sizes, of which the untouched library loses those of bids.
    expect(delivered / messages).toBeGreaterThanOrEqual(1);
    expect(delivered / messages).toBeCloseTo(subject === 'api events' ? 1.5 : subject.startsWith('IBApi') ? 1.33 : 1, 1);
    expect(cpuMs).toBeGreaterThan(0);
  });

  it('gets all bars of a long answer', async () => {
    const bars = await BlastServer.start('bars-10k');
    const { delivered } = await measure('api events', { port: bars.port, warmUpRounds: 1, rounds: 2 });
    await bars.close();
    // A row ends each answer.
    expect(delivered).toBe(2 * 10_001);
  });

  it('prints medians and ratios', () => {
    const plan = { ...planFor('tick', true), series: 3 };
    const table = tableOf(plan, [
      { subject: 'IBApi', cpuMsPerMessage: [0.001, 0.002, 0.0012] },
      { subject: 'api events', cpuMsPerMessage: [0.0001, 0.0001, 0.0001] },
    ]);
    expect(table).toContain('| IBApi | 1.20 | 1.00..2.00 | 1.0x |');
    expect(table).toContain('| api events | 0.100 | 0.100..0.100 | 12.0x |');
    expect(median([3, 1, 2, 4])).toBe(2);
  });
});
