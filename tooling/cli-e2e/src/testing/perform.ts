import { expect } from 'vitest';
import type { Route, Step } from '../cases/step.js';
import { ibkit } from './program.js';
import type { Ended, Surroundings } from './program.js';
import { documentsIn, faultsOf, shapeOf } from './schemas.js';

/** Where steps of one route are made. */
export interface Place {
  /** What is typed in addition. */
  readonly flags: readonly string[];
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What `{name}` stands for in a line; steps add to it. */
  readonly facts: Map<string, string>;
}

/** The places of a test file, by route. */
export type Places = Readonly<Partial<Record<Route, Place>>>;

const TRACE = /^\s+at .*[:(]\d+/m;

function filled(word: string, facts: ReadonlyMap<string, string>): string {
  return word.replaceAll(/\{([a-z]+)\}/gi, (all, name: string) => facts.get(name) ?? all);
}

/** What is typed: of two ports or addresses the one of the step wins. */
function lineOf({ line, expects }: Step, { flags, facts }: Place): string[] {
  const own = line.map((word) => filled(word, facts));
  const added = own.includes('--port') ? flags.filter((word, index) => word !== '--port' && flags[index - 1] !== '--port') : flags;
  const asJson = expects.kind === 'json' || (expects.kind === 'fails' && expects.json);
  return [...own, ...added, ...(asJson ? ['--json'] : [])];
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), document);
}

function remember({ more }: Step, document: unknown, facts: Map<string, string>): void {
  for (const [name, path] of Object.entries(more.remember ?? {})) {
    const value = valueAt(document, path);
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`There is nothing at ${path.join('.')} of ${JSON.stringify(document)}`);
    facts.set(name, String(value));
  }
}

/** What a run must be, whatever the command: told in full, and without a word of what goes on inside. */
function expectDecent({ expects, more }: Step, ended: Ended): void {
  expect({ exitCode: ended.exitCode, signal: ended.signal, stdout: ended.exitCode === expects.exitCode ? '' : ended.stdout, stderr: ended.exitCode === expects.exitCode ? '' : ended.stderr }).toEqual({ exitCode: expects.exitCode, signal: null, stdout: '', stderr: '' });
  expect(ended.stderr).not.toMatch(TRACE);
  if (expects.kind !== 'fails') expect(ended.stderr).toMatch(more.err ?? /^$/);
}

function expectOutput(step: Step, { stdout, stderr }: Ended, facts: Map<string, string>): readonly unknown[] {
  const { expects, more } = step;
  switch (expects.kind) {
    case 'text': {
      expect(stdout).toMatch(expects.pattern);
      return [];
    }
    case 'json': {
      const documents = documentsIn(stdout);
      if (expects.lines) expect(documents.length).toBeGreaterThan(0);
      else expect(documents).toHaveLength(1);
      for (const document of documents) expect(faultsOf(expects.schema, document)).toEqual([]);
      if (more.has !== undefined) expect(documents[0]).toMatchObject(more.has);
      remember(step, documents[0], facts);
      return documents;
    }
    case 'fails': {
      expect(stderr).toMatch(/^ibkit: /m);
      expect(stderr).toMatch(expects.message);
      const documents = documentsIn(stdout);
      expect(documents).toHaveLength(expects.json ? 1 : 0);
      for (const document of documents) {
        expect(faultsOf('error', document)).toEqual([]);
        expect(document).toMatchObject({ error: { exitCode: expects.exitCode, message: expect.stringMatching(expects.message) as unknown } });
      }
      return documents;
    }
  }
}

/** Makes one step on every route that it names, beside each other, and holds their documents against each other. */
export async function perform(step: Step, places: Places): Promise<void> {
  const shapes = await Promise.all(
    step.routes.map(async (route) => {
      const place = places[route];
      if (place === undefined) throw new Error(`Nothing is known of the route ${route}`);
      const surroundings: Surroundings = { home: place.home, env: { ...place.env, ...step.more.env }, input: step.more.input ?? '' };
      const ended = await ibkit(lineOf(step, place), surroundings);
      expectDecent(step, ended);
      const documents = expectOutput(step, ended, place.facts);
      return documents.map((document) => shapeOf(document).filter((path) => step.more.differs?.test(path) !== true));
    }),
  );
  const [first, second] = shapes;
  // Of a stream that depends on the moment only the kinds of its lines are comparable, and those the schema knows.
  if (second !== undefined && step.expects.kind === 'json' && !step.expects.lines) expect(second, 'the same answer on both routes').toEqual(first);
}

/** What a step is called in the list of tests. */
export function titleOf({ line, routes, expects }: Step): string {
  const how = expects.kind === 'json' || (expects.kind === 'fails' && expects.json) ? ' --json' : '';
  return `ibkit ${line.join(' ')}${how} (${routes.join(', ')}): ${expects.exitCode}`;
}
