import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../repository.js';
import { surfaceOf } from './public-surface.js';

const read = (...parts: readonly string[]): string => readFileSync(path.join(ROOT, ...parts), 'utf8');
const PAGE = read('docs', 'features.md');
const COMMANDS = read('docs', 'cli.md');

interface Row {
  readonly member: string;
  readonly names: readonly string[];
  readonly file: string;
  readonly title: string;
}

/** The sections of the page by their heading. */
const SECTIONS = new Map(
  PAGE.split('\n## ').slice(1).map((text): readonly [string, string] => {
    const [heading = ''] = text.split('\n');
    return [heading, text];
  }),
);

const ROWS: readonly Row[] = [...SECTIONS].flatMap(([member, text]) =>
  [...text.matchAll(/^\| (.+) \| (`.+`) \| `([^`]+)`: `(.+)` \|$/gm)].map(([, , names = '', file = '', title = '']): Row => ({
    member, names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name), file, title,
  })),
);

/** All TypeScript files below a folder, tests left out, as one text. */
const TEXTS = new Map<string, string>();
function sourceOf(member: string): string {
  const known = TEXTS.get(member);
  if (known !== undefined) return known;
  const text = readdirSync(path.join(ROOT, member, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => read(member, 'src', name))
    .join('\n');
  TEXTS.set(member, text);
  return text;
}

/** The values that the entries of a package export. */
function exportsOf(member: string): ReadonlySet<string> {
  const entries = [...read(member, 'package.json').matchAll(/"@ibkit\/source": "(\.\/src\/[^"]+\.ts)"/g)].map(([, entry = '']) => read(member, entry));
  const names = entries.flatMap((text) => [
    ...[...text.matchAll(/^export \{([^}]*)\}/gm)]
      .flatMap(([, list = '']) => list.split(','))
      .map((item) => item.trim().replace(/^.* as /, ''))
      .filter((item) => item !== '' && !item.startsWith('type ')),
    ...[...text.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, name = '']) => name),
  ]);
  return new Set(names);
}

/** The types that the entries of a package export: classes that are made for the caller, too. */
function typesOf(member: string): ReadonlySet<string> {
  const entries = [...read(member, 'package.json').matchAll(/"@ibkit\/source": "(\.\/src\/[^"]+\.ts)"/g)].map(([, entry = '']) => read(member, entry));
  return new Set(entries.flatMap((text) => [...text.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, list = '']) => list.split(',').map((item) => item.trim()))));
}

const hasWord = (text: string, word: string): boolean => new RegExp(`(?<![\\w$])${word}(?![\\w$])`).test(text);

/** What is wrong with a name of a row, or nothing. */
function faultOf(name: string, member: string): string | undefined {
  const route = /^(GET|POST|PATCH|DELETE) (\/\S+)$/.exec(name);
  if (route !== null) return sourceOf('packages/api-contract').includes(`method: '${route[1] ?? ''}', path: '${route[2] ?? ''}'`) ? undefined : 'no such route';
  const topic = /^topic (\w+)$/.exec(name);
  if (topic !== null) return sourceOf('packages/api-contract').includes(`\n  ${topic[1] ?? ''}: { pattern: '`) ? undefined : 'no such topic';
  if (/^ibkit\b/.test(name)) return name === 'ibkit' || COMMANDS.includes(`### ${name}\n`) ? undefined : 'no such command';
  if (name.startsWith('--')) return COMMANDS.includes(`\`${name}`) ? undefined : 'no such option';
  const text = /^(?:on|fault)\('([\w.-]+)'\)$/.exec(name);
  if (text !== null) return sourceOf(member).includes(`'${text[1] ?? ''}'`) ? undefined : 'not in the sources';
  if (name.startsWith('/')) return sourceOf('apps/daemon').includes(`'${name}'`) ? undefined : 'no such path';
  if (/^(?:apps|examples|tooling)(?:\/|$)/.test(name)) return existsSync(path.join(ROOT, name)) ? undefined : 'no such folder or file';
  const [first = '', ...others] = name.match(/\w+/g) ?? [];
  if (!exportsOf(member).has(first) && !typesOf(member).has(first)) return `${first} is not exported`;
  const missing = others.find((word) => !hasWord(sourceOf(member), word));
  return missing === undefined ? undefined : `${missing} is not in the sources`;
}

describe('docs/features.md', () => {
  it('names tests that exist', () => {
    const wrong = ROWS.filter(({ file, title }) => !existsSync(path.join(ROOT, file)) || !/\.test\.tsx?$/.test(file) || ![`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => read(file).includes(quoted)));
    expect(wrong).toEqual([]);
  });

  it('names what exists', () => {
    const wrong = ROWS.flatMap(({ member, names }) => names.flatMap((name) => {
      const fault = faultOf(name, member);
      return fault === undefined ? [] : [`${member}, ${name}: ${fault}`];
    }));
    expect(wrong).toEqual([]);
  });

  it('has every value that a package exports', () => {
    const missing = readdirSync(path.join(ROOT, 'packages')).flatMap((name) => {
      const member = `packages/${name}`;
      const shown = new Set(ROWS.filter((row) => row.member === member).flatMap((row) => row.names.map((text) => /^\w+/.exec(text)?.[0] ?? '')));
      return [...exportsOf(member)].filter((value) => !shown.has(value)).map((value) => `${member}: ${value}`);
    });
    expect(missing).toEqual([]);
  });

  const packages = readdirSync(path.join(ROOT, 'packages')).map((name) => `packages/${name}`);
  const namesOf = (member: string): readonly string[] => ROWS.filter((row) => row.member === member).flatMap(({ names }) => names);

  it('has every method, accessor and property of every class that a package exports', () => {
    const missing = packages.flatMap((member) => {
      const shown = new Set(namesOf(member).map((name) => name.replace(/\(.*$/, '')));
      return surfaceOf(member).members.filter((names) => !names.some((name) => shown.has(name))).map(([name]) => `${member}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('has every event, as often as there are maps that have it', () => {
    const missing = packages.flatMap((member) => {
      const shown = namesOf(member);
      const { events } = surfaceOf(member);
      const count = (list: readonly string[], wanted: string): number => list.filter((one) => one === wanted).length;
      return [...new Set(events)].filter((name) => count(shown, `on('${name}')`) < count(events, name)).map((name) => `${member}: on('${name}'), ${count(events, name)} times`);
    });
    expect(missing).toEqual([]);
    expect(packages.flatMap((member) => surfaceOf(member).events).length).toBeGreaterThan(80);
    expect(packages.flatMap((member) => surfaceOf(member).members).length).toBeGreaterThan(500);
  });

  it('has every route, topic and command', () => {
    const names = new Set(ROWS.flatMap((row) => row.names));
    const routes = [...sourceOf('packages/api-contract').matchAll(/method: '(\w+)', path: '([^']+)'/g)].map(([, method = '', route = '']) => `${method} ${route}`);
    const topics = [...sourceOf('packages/api-contract').matchAll(/^ {2}(\w+): \{ pattern: '/gm)].map(([, kind = '']) => `topic ${kind}`);
    const headings = [...COMMANDS.matchAll(/^### (ibkit .+)$/gm)].map(([, command = '']) => command);
    const commands = headings.filter((command) => !headings.some((other) => other.startsWith(`${command} `)));
    expect([...routes, ...topics, ...commands].filter((name) => !names.has(name))).toEqual([]);
    expect([routes.length > 40, topics.length > 10, commands.length > 40]).toEqual([true, true, true]);
  });

  it('was read in full', () => {
    const lines = [...SECTIONS].filter(([heading]) => heading !== 'Defaults').flatMap(([, text]) => text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:what|-+) \|/.test(line)));
    expect(ROWS.length).toBe(lines.length);
    expect(ROWS.length).toBeGreaterThan(300);
  });
});

describe('each default on docs/features.md', () => {
  const defaults = [...(SECTIONS.get('Defaults') ?? '').matchAll(/^\| `([A-Z_]+)\.(\w+)` \| `([^`]+)` \| `([^`]+)` \|$/gm)].map(([, constant = '', key = '', value = '', file = '']) => ({ constant, key, value, file }));

  it.each(defaults)('has the value that the code has: $key of $constant', ({ constant, key, value, file }) => {
    const [, text = ''] = read(file).split(`export const ${constant}`);
    const [body = ''] = text.split(/\}(?: as const)?\)?;/);
    const found = new RegExp(`(?<!\\w)${key}: ('[^']*'|[^,\\s}]+)`).exec(body)?.[1] ?? 'none';
    expect(found.startsWith("'") ? found.slice(1, -1) : found.replaceAll('_', '')).toBe(value);
  });

  it('was read', () => {
    expect(defaults.length).toBeGreaterThan(20);
  });
});
