import type { FaultKind } from '../judge/judge.js';
import { CLIENTS } from './compare.js';
import type { Comparison } from './compare.js';

/** What each kind of finding means for whoever placed the order. */
const WORDS: Readonly<Partial<Record<FaultKind, string>>> = {
  lost: 'never arrived, or is there and believed absent, and nobody said so',
  duplicated: 'one intent, two or more orders',
  'sent late': 'sent in a later session than the one in which it was asked for',
  'gate closed': 'sent although the broker was known to be out of reach',
  changed: 'arrived with other terms than asked for, or overwrote those of another order',
  unresolved: 'still without an outcome at the end',
  'wrong outcome': 'believed filled, working, cancelled, rejected or not sent, and is not',
  'fill missed': 'a fill that was never booked',
  'fill misbooked': 'a fill on the wrong order, twice, or at a price that was corrected',
  commission: 'cost missing or wrong',
  'not journalled': 'an order at the broker of which the client knows nothing',
};

export interface ReportFacts {
  readonly seed: number;
  readonly rounds: number;
  /** `20 November 2026`. */
  readonly day: string;
  readonly machine: string;
}

/** The report of a comparison, in Markdown. */
export function reportOf(comparison: Comparison, { seed, rounds, day, machine }: ReportFacts): string {
  const row = (title: string, value: (name: (typeof CLIENTS)[number]) => number | string): string => `| ${title} | ${CLIENTS.map((name) => value(name)).join(' | ')} |`;
  const kinds = Object.entries(WORDS).map(([kind, words]) =>
    row(`**${kind}**: ${words}`, (name) => [...comparison[name].wrong].find(([found]) => found === kind)?.[1] ?? 0),
  );
  const examples = [...comparison.IBApi.examples].map(([kind, text]) => `* ${kind}: ${text}`);
  return `# What happens to orders when everything goes wrong

Made by \`npm run chaos -- compare --rounds ${rounds} --seed ${seed}\` (${day}, ${machine}). The same ${rounds} plans of [tooling/chaos](../tooling/chaos) were played twice: through \`Trading\` of ibkit, and by a careful
caller through plain \`IBApi\` of @stoqey/ib. Both have the same orders, cancels, changes and troubles, each before a simulator of its own, and the same judge: what that simulator saw.

The caller of \`IBApi\` takes its ids from nextValidId, connects again 20 ms after a loss, asks for open orders and executions then, tells executions by their ids and corrections by their last part, takes an order for filled when its
executions add up to it, and repeats one only when it has heard nothing of it for 200 ms. What only ibkit has (kill switch, takeover,
journal, exits of a bracket) is left out for it. It is not told by a person what became of an order.

Orders, unless it says otherwise:

| | ${CLIENTS.join(' | ')} |
|---|${CLIENTS.map(() => '---:').join('|')}|
${row('asked for, a bracket counted once', (name) => comparison[name].intents)}
${row('order messages that arrived, changes and exits included', (name) => comparison[name].orders)}
${row('fills', (name) => comparison[name].fills)}
${kinds.join('\n')}
${row('rounds in which nothing was wrong', (name) => comparison[name].clean)}
${row('rounds that could not be played to their end', (name) => comparison[name].broken)}

ibkit sends less because it refuses, with a typed error at once, what it could not answer for; those orders are not lost, their caller knows that nothing was sent. An order can be in several rows.

One example of each, with plain \`IBApi\` (\`kN\` is the N-th order of its round):

${examples.join('\n')}
`;
}
