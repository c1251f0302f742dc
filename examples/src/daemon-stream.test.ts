import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './daemon-stream.js';
import { SimulatedDaemon } from './simulated-daemon.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

describe('the client of a daemon', () => {
  let daemon: SimulatedDaemon;
  beforeAll(async () => {
    daemon = await SimulatedDaemon.start();
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  it('prints quotes and trades', async () => {
    const lines = await printedBy(() => run(daemon));
    await expectAsInReadme('daemon-stream', lines);
    expect(lines.filter((line) => /^SPY traded \d+ at [\d.]+$/u.test(line)).length).toBeGreaterThanOrEqual(2);
    expect(lines.filter((line) => /^AAPL [\d.]+ x [\d.]+$/u.test(line)).length).toBeGreaterThanOrEqual(2);
  });

  it('is told when its token is not accepted', async () => {
    await expect(printedBy(() => run({ url: daemon.url, token: 'wrong' }))).rejects.toMatchObject({ code: 'IBKR_HTTP_UNAUTHORISED' });
  });
});
