import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Config, DEFAULT_CONFIG } from '@ibkit/config';
import { describe, expect, it } from 'vitest';
import { ROOT, sourceFiles } from '../repository.js';
import { daemonFlags } from './command-table.js';

const PAGE = readFileSync(path.join(ROOT, 'docs', 'configuration.md'), 'utf8');

function source(...parts: readonly string[]): string {
  return readFileSync(path.join(ROOT, ...parts), 'utf8');
}

function section(title: string): string {
  const [, text = ''] = PAGE.split(`\n## ${title}\n`);
  return text.split('\n## ')[0] ?? '';
}

interface SharedRow {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly rule: string;
}

/** The rows of the page about shared values. */
function documentedRows(): readonly SharedRow[] {
  return [...section('Shared values').matchAll(/^\| ([a-z-]+) \| `([a-z_]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, area = '', name = '', value = '', rule = '']) => ({ section: area, name, value, rule }));
}

/** Key, section and name of every shared value, and its rule, as the sources have them. */
function codeRows(): readonly (SharedRow & { readonly key: string })[] {
  const keys = source('packages', 'config', 'src', 'keys.ts');
  const rules = source('packages', 'config', 'src', 'schema.ts');
  const short = [...keys.matchAll(/^ {2}(connection|account|logging)\('(\w+)', '(\w+)'/gm)].map(([, area = '', key = '', name = '']) => ({ area, key, name }));
  const long = [...keys.matchAll(/key: '(\w+)', section: '([\w-]+)', name: '(\w+)'/g)].map(([, key = '', area = '', name = '']) => ({ area, key, name }));
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_CONFIG));
  return [...short, ...long].map(({ area, key, name }) => {
    const value = defaults.get(key);
    const rule = new RegExp(`^ {2}${key}: ['\`](must be [^'\`]+)['\`],$`, 'm').exec(rules)?.[1] ?? '';
    const empty = value === undefined || (Array.isArray(value) && value.length === 0);
    const shown = key === 'port' ? 'by application and mode' : empty ? 'none' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\`${key.endsWith('Ms') ? ' ms' : ''}`;
    return { key, section: area, name, value: shown, rule: rule.replace('${MAX_CLIENT_ID}', '2147483647') };
  });
}

describe('docs/configuration.md', () => {
  it('has every shared value with its section, default and rule', () => {
    expect(documentedRows()).toEqual(codeRows().map(({ section: area, name, value, rule }) => ({ section: area, name, value, rule })));
    expect(codeRows()).toHaveLength(24);
  });

  it('names keys that the configuration takes, in the section that it says', () => {
    const text = documentedRows().filter(({ name }) => name === 'client_id' || name === 'log_file_count').map(({ section: area, name }) => `[${area}]\n${name} = 7\n`).join('');
    const config = Config.fromText({ text, format: 'ini' });
    expect([config.clientId, config.logFileCount]).toEqual([7, 7]);
  });

  it("has every key of the daemon's own sections", () => {
    const code = source('apps', 'daemon', 'src', 'settings', 'sections.ts');
    const schemas = new Map<string, string>();
    for (const [, name = '', body = ''] of code.matchAll(/^const (\w+) = ([\s\S]*?);(?: \/\/[^\n]*)?$/gm)) schemas.set(name, body);
    const sections = new Map([...code.matchAll(/read(?:<[^(]*>)?\('([\w-]+)', (\w+)/g)].map(([, area = '', name = '']) => [area, schemas.get(name) ?? '']));
    const keys = (body: string): readonly string[] => [...new Set([...body.matchAll(/(?:[{,]\s*)([a-z_]+):/g)].map(([, key = '']) => key).filter((key) => key !== 'error' && key !== 'protocol'))].sort();
    const wanted = [...sections].map(([area, body]) => [area, keys(body)]);
    const rows = [...section("The daemon's own sections").matchAll(/^\| `([\w-]+)` \| (`[^|]*`) \|$/gm)].map(([, area = '', list = '']) => [area, [...list.matchAll(/`(\w+)`/g)].map(([, key = '']) => key).sort()]);
    expect(rows).toEqual(wanted);
    expect(wanted.every(([, names]) => names !== undefined && names.length > 0)).toBe(true);
  });

  it('has every flag of ibkitd', () => {
    const flags = [...section('Flags of ibkitd').matchAll(/`(--[a-z-]+)/g)].map(([, flag = '']) => flag);
    expect([...new Set(flags)].sort()).toEqual([...daemonFlags().flags].sort());
  });

  it('has every variable that a program reads by its name', () => {
    const shared = new Set(codeRows().map(({ name }) => `IBKIT_${name.toUpperCase()}`));
    const read = sourceFiles()
      .filter((file) => file.startsWith(path.join(ROOT, 'apps')))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'((?:IBKIT|XDG)_[A-Z_]+[A-Z]|NO_COLOR)'/g)].map(([, name = '']) => name));
    const documented = new Set([...section('Variables').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name));
    expect([...new Set(read)].filter((name) => !shared.has(name) && !documented.has(name))).toEqual([]);
    expect(read.length).toBeGreaterThan(5);
  });
});

it('the members that the tests read are where they are looked for', () => {
  expect(readdirSync(path.join(ROOT, 'apps'))).toEqual(expect.arrayContaining(['cli', 'daemon']));
});
