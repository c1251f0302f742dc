const LEVEL_WIDTH = 5;
const RESET = '\u001b[0m';
const DIM = '\u001b[2m';
const COLORS: ReadonlyMap<string, string> = new Map([
  ['trace', '\u001b[90m'],
  ['debug', '\u001b[36m'],
  ['info', '\u001b[32m'],
  ['warn', '\u001b[33m'],
  ['error', '\u001b[31m'],
  ['fatal', '\u001b[41m'],
]);

const PLAIN_TEXT = /^[\w./:@*+-]+$/u;

/** How lines for people look. */
export interface PrettyOptions {
  readonly color: boolean;
}

/**
 * Turns one JSON line into one for people: time in UTC, level, name, message, then the facts; stacks on lines of their own.
 * Facts are quoted as JSON, so that nothing in them can move the cursor or begin a line that looks like another one.
 */
export function prettyLine(json: string, { color }: PrettyOptions): string {
  const { time, level, name, msg, ...facts } = asRecord(JSON.parse(json));
  const paint = (text: string, code: string): string => (color ? `${code}${text}${RESET}` : text);
  const label = String(level);
  const head = [
    paint(typeof time === 'number' ? new Date(time).toISOString().replace('T', ' ') : '', DIM),
    paint(label.toUpperCase().padEnd(LEVEL_WIDTH), COLORS.get(label) ?? ''),
    ...(typeof name === 'string' ? [`${oneLine(name)}:`] : []),
    ...(typeof msg === 'string' ? [msg] : []),
    ...Object.entries(facts).map(([key, value]) => paint(`${oneLine(key)}=${shown(withoutStack(value))}`, DIM)),
  ];
  return [head.join(' '), ...stacks(facts).map((stack) => paint(stack, DIM)), ''].join('\n');
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function oneLine(text: string): string {
  return PLAIN_TEXT.test(text) ? text : JSON.stringify(text);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? oneLine(value) : JSON.stringify(value);
}

function withoutStack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('stack' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'stack'));
}

function stacks(facts: Readonly<Record<string, unknown>>): string[] {
  return Object.values(facts).flatMap((value) => {
    const stack = asRecord(value)['stack'];
    return typeof stack === 'string' ? [indented(stack)] : [];
  });
}

function indented(stack: string): string {
  return stack
    .split('\n')
    .slice(1)
    .map((line) => `    ${JSON.stringify(line.trim()).slice(1, -1)}`)
    .join('\n');
}
