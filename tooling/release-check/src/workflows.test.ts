import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDER = path.join(ROOT, '.github/workflows');
const FILES = readdirSync(FOLDER);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

// What a workflow is made of is given by the service that runs it.
function workflow(file: string): Workflow {
  return parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Workflow;
}

function stepsOf(file: string): readonly Step[] {
  return Object.values(workflow(file).jobs).flatMap(({ steps }) => steps);
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>>; readonly engines: { readonly node: string } };

it('there are workflows', () => {
  expect(FILES.sort()).toEqual(['ci.yml', 'release.yml']);
});

it.each(FILES)('%s is YAML without a doubt', (file) => {
  const { errors, warnings } = parseDocument(readFileSync(path.join(FOLDER, file), 'utf8'), { uniqueKeys: true });
  expect([...errors, ...warnings]).toEqual([]);
});

it.each(FILES)('%s calls scripts that there are', (file) => {
  const lines = stepsOf(file).flatMap(({ run, with: inputs = {} }) => [run, inputs['version'], inputs['publish']]).filter((text) => typeof text === 'string');
  const scripts = lines.flatMap((text) => [...text.matchAll(/\bnpm (?:run )?([a-z:-]+)/g)].map(([, name]) => name ?? ''));
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) expect(Object.keys(manifest.scripts), `npm run ${script}`).toContain(script);
});

it.each(FILES)('%s gives every job an end, the least rights, and actions of a named version', (file) => {
  const { permissions, jobs } = workflow(file);
  for (const [name, job] of Object.entries(jobs)) {
    expect(job['timeout-minutes'], name).toBeGreaterThan(0);
    expect(job.permissions ?? permissions, name).toBeDefined();
    for (const { uses = 'none/used@v0' } of job.steps) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    expect(Object.keys(jobs)).toContain(job.needs ?? name);
  }
});

it('every supported line of Node is tried, from its oldest version on', () => {
  const tried = workflow('ci.yml').jobs['test']?.strategy?.matrix['node'] ?? [];
  const supported = manifest.engines.node.split(' || ').map((range) => range.replace(/^(?:\^|>=)/, ''));
  expect(tried.map((version) => version.split('.').slice(0, 2).join('.'))).toEqual(supported.map((version) => version.split('.').slice(0, 2).join('.').replace(/\.0$/, '')));
});
