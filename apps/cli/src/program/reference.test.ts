import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS, outputSchema } from '../output/schemas.js';
import { longName, takesValue } from './command-spec.js';
import { allCommands } from './command-table.js';
import { completionScript } from './completion-script.js';
import { GLOBAL_OPTIONS } from './global-options.js';
import { reference } from './reference.js';

const DOCS = path.resolve(import.meta.dirname, '..', '..', '..', '..', 'docs');

// Made again with: npx vitest run src/program/reference.test.ts --update
describe('what is made from the command table', () => {
  it('is in docs/cli.md', async () => {
    await expect(reference()).toMatchFileSnapshot(path.join(DOCS, 'cli.md'));
  });

  it.each(Object.keys(OUTPUT_SCHEMAS))('is in docs/schemas/%s.json', async (name) => {
    await expect(`${JSON.stringify(outputSchema(name), undefined, 2)}\n`).toMatchFileSnapshot(path.join(DOCS, 'schemas', `${name}.json`));
  });
});

describe('the command table', () => {
  const commands = allCommands();
  const globals = new Set(GLOBAL_OPTIONS.map(longName));

  it.each(commands.map(({ words, spec }) => [words.join(' '), spec] as const))('%s has a summary, an example, a known schema, and no option of the program', (name, spec) => {
    expect(spec.summary).toMatch(/\.$/);
    expect(spec.examples.length).toBeGreaterThan(0);
    expect(['', ...Object.keys(OUTPUT_SCHEMAS)]).toContain(spec.output?.schema ?? '');
    for (const { flag, schema } of spec.output?.when ?? []) {
      expect(Object.keys(OUTPUT_SCHEMAS)).toContain(schema);
      expect((spec.options ?? []).map((option) => `--${longName(option)}`)).toContain(flag);
    }
    expect((spec.options ?? []).map(longName).filter((option) => globals.has(option))).toEqual([]);
    expect(spec.examples.some((example) => example.includes(name.split(' ')[0] ?? name))).toBe(true);
  });

  it('names every schema that is published, but that of failures', () => {
    const named = commands.flatMap(({ spec: { output } }) => (output === undefined ? [] : [output.schema, ...(output.when ?? []).map(({ schema }) => schema)]));
    expect(Object.keys(OUTPUT_SCHEMAS).filter((name) => name !== 'error' && !named.includes(name))).toEqual([]);
  });

  it('loads what it names', async () => {
    const loaded = await Promise.all(commands.flatMap(({ spec }) => (spec.load === undefined ? [] : [spec.load()])));
    expect(loaded.every((run) => typeof run === 'function')).toBe(true);
  });

  it.each(['bash', 'zsh', 'fish'] as const)('is complete in the script for %s', (shell) => {
    const script = completionScript(shell);
    for (const { words, spec } of commands) {
      expect(script).toContain(words.at(-1));
      for (const option of (spec.options ?? []).filter(takesValue)) expect(script).toContain(longName(option));
    }
  });
});
