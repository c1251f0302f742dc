import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { run } from './option-chain.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

it('prints complete rows of the strikes around the price, with Greeks that fit the side', async () => {
  await using simulator = await createSimulator();
  const lines = await printedBy(() => run(simulator));
  await expectAsInReadme('option-chain', lines);
  expect(lines).toHaveLength(14);
  expect(lines.at(-1)).toBe('complete');
  const price = Number(/AAPL at ([\d.]+)/u.exec(lines[0] ?? '')?.[1]);
  const rows = lines.slice(1, -1).map((line) => /^\S+ (?<strike>\S+) (?<right>[CP]) .* delta (?<delta>\S+) .*by tws$/u.exec(line)?.groups ?? {});
  for (const { right, delta } of rows) expect(Math.sign(Number(delta))).toBe(right === 'C' ? 1 : -1);
  expect(rows.filter(({ right, strike }) => right === 'C' && Number(strike) > price)).toHaveLength(3);
});
