/** One sample line of the Prometheus text format. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric family: its type and its samples. */
export interface ParsedFamily {
  readonly type: string;
  readonly samples: readonly ParsedSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`, 'u');
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`, 'u');
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 'u');
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/uy;
const VALUE = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/u;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`labels: ${text}`);
    const [, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label twice: ${name}`);
    labels[name] = value.replace(/\\(["\\n])/gu, (_, what: string) => (what === 'n' ? '\n' : what));
  }
  return labels;
}

/**
 * Reads the text format of Prometheus, version 0.0.4, as strictly as its description allows.
 * @throws Error at anything that a scraper may refuse.
 */
export function parsePrometheus(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line must end, too');
  const families = new Map<string, { type: string; samples: ParsedSample[] }>();
  const seen = new Set<string>();
  let help: string | undefined;
  let current: { name: string; type: string; samples: ParsedSample[] } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const helpMatch = HELP.exec(line);
    if (helpMatch !== null) {
      help = helpMatch[1];
      continue;
    }
    const typeMatch = TYPE.exec(line);
    if (typeMatch !== null) {
      const [, name = '', type = ''] = typeMatch;
      if (name !== help) throw new Error(`no help for ${name}`);
      if (families.has(name)) throw new Error(`family twice: ${name}`);
      current = { name, type, samples: [] };
      families.set(name, current);
      continue;
    }
    const [, name = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (current === undefined || name === '') throw new Error(`not a line: ${line}`);
    const allowed = (SUFFIXES[current.type] ?? ['']).map((suffix) => `${current?.name ?? ''}${suffix}`);
    if (!allowed.includes(name)) throw new Error(`${name} outside of its family`);
    if (!VALUE.test(value)) throw new Error(`value: ${value}`);
    const key = `${name}{${labelText}}`;
    if (seen.has(key)) throw new Error(`sample twice: ${key}`);
    seen.add(key);
    current.samples.push({ name, labels: labelsOf(labelText), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return families;
}
