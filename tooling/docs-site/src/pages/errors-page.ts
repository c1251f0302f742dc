import { collectOwnCodes } from '../codes/collect-own-codes.js';
import type { CodeSite } from '../codes/collect-own-codes.js';
import { CODE_AREAS, NOT_REPORTED, OWN_CODE_NOTES } from '../codes/own-code-notes.js';
import type { CodeArea } from '../codes/own-code-notes.js';

/** One entry of the error reference. */
export interface OwnCode {
  readonly code: string;
  readonly area: CodeArea;
  readonly means: string;
  readonly next: readonly string[];
  readonly retryable: 'yes' | 'no' | 'it depends' | 'a finding';
  readonly classes: readonly string[];
  readonly members: readonly string[];
}

/** Classes whose errors are retryable unless said otherwise. */
const RETRYABLE_CLASSES: ReadonlySet<string> = new Set(['TimeoutError', 'RateLimitError']);

function distinct<T>(values: readonly (T | undefined)[]): T[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}

function retryableOf(code: string, sites: readonly CodeSite[]): OwnCode['retryable'] {
  if (code.startsWith('IBKR_DOCTOR_')) return 'a finding';
  const said = distinct(
    sites.map(({ retryable, errorClass }) => retryable ?? (errorClass === undefined ? undefined : RETRYABLE_CLASSES.has(errorClass))),
  );
  if (said.length > 1) return 'it depends';
  return (said[0] ?? code === 'IBKR_TIMEOUT') ? 'yes' : 'no';
}

/** The longest text says the most, and one without gaps at its start says it best. */
function bestText(texts: readonly string[]): string | undefined {
  const score = (text: string): number => text.length - (text.startsWith('…') ? 60 : 0) - 25 * (text.split('…').length - 1);
  return [...texts].sort((a, b) => score(b) - score(a) || (a < b ? -1 : 1))[0];
}

function sentence(text: string): string {
  // What comes before a first colon is often only known when it happens.
  const trimmed = text.trim().replace(/^…(?: …)*: /, '').replaceAll(/…(?:\s?…)+/g, '…');
  // A name of code keeps its spelling.
  const begun = /^(?:ibkit|[\w.]*[(.])/.test(trimmed) ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** Every code of ours: what it means, whether to try again, what to do next. */
export function ownCodes(): readonly OwnCode[] {
  const byCode = new Map<string, CodeSite[]>();
  for (const site of collectOwnCodes()) {
    if (!NOT_REPORTED.has(site.code)) byCode.set(site.code, [...(byCode.get(site.code) ?? []), site]);
  }
  return [...byCode].map(([code, sites]) => {
    const note = OWN_CODE_NOTES[code];
    const area = CODE_AREAS[code.split('_')[1] ?? ''];
    if (area === undefined) throw new Error(`${code} is of an area that src/codes/own-code-notes.ts does not list`);
    const means = note?.means ?? bestText(distinct(sites.map(({ message }) => message)));
    if (means === undefined) throw new Error(`What ${code} means is put together at run time: say it in src/codes/own-code-notes.ts`);
    const tips = distinct([note?.next, ...sites.flatMap((site) => site.tips)]).filter((tip) => !tip.startsWith('…'));
    return {
      code,
      area,
      means: sentence(means),
      next: (tips.length === 0 ? [area.next] : tips.slice(0, 4)).map(sentence),
      retryable: retryableOf(code, sites),
      classes: distinct(sites.map(({ errorClass }) => errorClass)).filter((name) => name.endsWith('Error')).sort(),
      members: distinct(sites.map(({ member }) => member)).sort(),
    };
  });
}

/** Text that Markdown must not read as markup: angle brackets outside of code, and stars. */
export function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', String.raw`\<`).replaceAll('*', String.raw`\*`)))
    .join('')
    .replaceAll(/\s+/g, ' ');
}

function entry({ code, means, next, retryable, classes, members }: OwnCode): string {
  const facts = [retryable === 'a finding' ? 'A finding of `ibkit doctor`, not thrown.' : `Retryable: ${retryable}.`, classes.length === 0 ? '' : `Class: ${classes.map((name) => `\`${name}\``).join(', ')}.`, `From: ${members.join(', ')}.`];
  return `### ${code}\n\n${plain(means)}\n\n${next.map((tip) => `- ${plain(tip)}`).join('\n')}\n\n${facts.filter((fact) => fact !== '').join(' ')}\n`;
}

const HEAD = `# Error codes of ibkit

Made from the sources by \`npm run docs -- --pages\`; a test holds it equal. The numbers of TWS and IB Gateway are in the [catalogue of broker codes](broker-codes.md).

Every error that ibkit throws is an \`IbkrError\`: \`code\` never changes its meaning, \`message\` says which field, value and rule, \`tips\` what to do, \`retryable\` whether the very same call may work later, \`details\` has facts for programs, and \`brokerCode\` the
broker's number when it is about one. The same codes stand in answers of the daemon (\`application/problem+json\`), in the stream, in alarms, and in what \`--json\` prints. Match the code, never the text.

An error that was made from a number of the broker has a code made from the catalogue, such as \`IBKR_CONTRACT_NOT_FOUND\` for 200; it stands with its number on that page.

**Retryable is about questions.** It never allows an order to be sent again: repeat an order with the same key, which sends it at most once, and see [order-safety.md](order-safety.md#what-unknown-means) for one whose outcome is unknown.

In the texts below, \`…\` is what is filled in when it happens.
`;

/** The page docs/errors.md. */
export function errorsPage(): string {
  const byTitle = new Map<string, OwnCode[]>();
  for (const code of ownCodes()) byTitle.set(code.area.title, [...(byTitle.get(code.area.title) ?? []), code]);
  const sections = [...byTitle].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([title, codes]) => `\n## ${title}\n\n${codes.map(entry).join('\n')}`);
  return `${HEAD}${sections.join('')}`;
}
