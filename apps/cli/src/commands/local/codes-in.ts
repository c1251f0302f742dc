import { describeError } from '@ibkit/error-codes';

/** A code and the text that it came with. */
export interface FoundCode {
  readonly code: number;
  readonly text: string;
}

/** How programs write a code: with a word before it. The first number behind `id` is a request. */
const NAMED = /\b(?:error[ _-]?code|err(?:or)?[ _-]?code|ib[ _-]?code|code|error|warning|notice)\s*["']?\s*(?:[:=#,([]|is)?\s*["']?(\d{1,6})\b/giu;
/** `ERROR 7 354 Requested ...`: request id and code, as the original clients print. */
const PAIR = /\b(?:error|warning)\s*[:=]?\s*\(?(-?\d{1,10})[\s,]+(\d{3,5})\b/giu;
const BARE = /(?<![\d.:,-])(\d{3,5})(?![\d.:,]\d|-)/gu;

function codesOfLine(line: string): readonly number[] {
  const pairs = [...line.matchAll(PAIR)].map((match) => Number(match[2]));
  if (pairs.length > 0) return pairs;
  const named = [...line.matchAll(NAMED)].map((match) => Number(match[1]));
  if (named.length > 0) return named;
  // Without a word that says so, only numbers that the catalogue knows.
  return [...line.matchAll(BARE)].map((match) => Number(match[1])).filter((code) => describeError(code).known);
}

/** The codes that a text of a log names, each once, in the order in which they come, with the line that they stand in. */
export function codesIn(log: string): readonly FoundCode[] {
  const found = new Map<number, FoundCode>();
  for (const line of log.split(/\r?\n/u)) {
    for (const code of codesOfLine(line)) if (!found.has(code)) found.set(code, { code, text: line });
  }
  return [...found.values()];
}
