/** Text that came from the broker, made safe for a terminal: control characters and escape sequences become spaces. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- removing control characters is the purpose
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/** Characters that a terminal may take for a command or that turn the direction of text round, and that nothing of ours ever writes. */
const FOREIGN = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The last look at what goes to a terminal: such characters are shown as their escapes, which mean the same in a JSON document. */
export function forTerminal(text: string): string {
  return text.replaceAll(FOREIGN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A price or amount for people; a dash when there is none. */
export function amount(value: number | undefined, digits = 2): string {
  return value === undefined ? '-' : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 4) });
}

/** A size or count for people; a dash when there is none. */
export function count(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 8 });
}

/** A span of time for people: `850 ms`, `12 s`, `3 min`. */
export function span(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

/** A share as a percentage: 0.2 is `20.0%`. */
export function percent(share: number | undefined, digits = 1): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(digits)}%`;
}

/** A number with a fixed number of digits, such as a Greek. */
export function fixed(value: number | undefined, digits: number): string {
  return value === undefined ? '-' : value.toFixed(digits);
}

/** A time of day with milliseconds, UTC. */
export function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

/** A moment to the second, UTC; a dash when there is none. */
export function momentText(atMs: number | undefined): string {
  return atMs === undefined ? '-' : `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** An amount with its sign: `+12.30`. */
export function signed(value: number | undefined): string {
  return value === undefined ? '-' : `${value > 0 ? '+' : ''}${amount(value)}`;
}
