import { expect, it } from 'vitest';
import { run } from './simulator.js';
import { printedBy } from './testing/printed.js';

it('starts a simulator that can be told to break things, until it is stopped', async () => {
  const stop = new AbortController();
  let state: unknown = undefined;
  const lines = await printedBy(() => run({ port: 0, controlPort: 0 }, stop.signal), (line) => {
    const control = /control on (\d+)$/u.exec(line)?.[1] ?? '';
    void fetch(`http://127.0.0.1:${control}/state`)
      .then((response) => response.json())
      .then((answer) => { state = answer; })
      .finally(() => { stop.abort(); });
  });
  expect(lines).toEqual([expect.stringMatching(/^a simulated gateway with paper money listens on 127\.0\.0\.1:\d+, its control on \d+$/u)]);
  expect(state).toMatchObject({ connections: 0, listening: true });
});
