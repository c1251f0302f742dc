import { describe, expect, it } from 'vitest';
import { OFFLINE, REPLAYS } from './cases/alone.js';
import { LIVE } from './cases/live.js';
import { ORDERS } from './cases/orders.js';
import { READS } from './cases/reads.js';
import { LIFE, SERVICES } from './cases/services.js';
import type { Route, Step } from './cases/step.js';
import { ibkit } from './testing/program.js';
import { SCHEMAS } from './testing/schemas.js';

const STEPS: readonly Step[] = [...READS, ...ORDERS, ...LIVE, ...SERVICES, ...LIFE, ...OFFLINE, ...REPLAYS];

/** What needs no gateway: it works on files and words, or is about the daemon itself. */
const WITHOUT_ROUTES = /^(?:explain|simulate|config .*|completion|schema|replay|daemon .*)$/;
/** Only a daemon has tokens. */
const DAEMON_ONLY = 'token ';
/** What prints no documents. */
const WITHOUT_JSON = new Set(['completion', 'schema', 'daemon logs']);
/** What cannot fail but for a wrong word on its command line: without a daemon there is nothing to stop. */
const NOTHING_TO_FAIL = new Set(['daemon stop']);

/** Every command that can be called, as the built program's own completion knows them from its table. */
async function commandsOfTheProgram(): Promise<readonly string[]> {
  const { stdout } = await ibkit(['completion', 'bash']);
  const all = [...stdout.matchAll(/^ {4}"([a-z][a-z -]*)"\) words=/gm)].map(([, words = '']) => words);
  return all.filter((words) => !all.some((other) => other.startsWith(`${words} `)));
}

function of(command: string, kind: Step['expects']['kind'], route?: Route): readonly Step[] {
  return STEPS.filter((step) => step.command === command && step.expects.kind === kind && (route === undefined || step.routes.includes(route)));
}

function routesOf(command: string): readonly Route[] {
  return WITHOUT_ROUTES.test(command) ? [] : command.startsWith(DAEMON_ONLY) ? ['daemon'] : ['direct', 'daemon'];
}

/** What is missing of a command, in words. */
function missing(command: string): readonly string[] {
  const routes = routesOf(command);
  return [
    ...(WITHOUT_JSON.has(command) || of(command, 'json').some(({ expects }) => expects.exitCode === 0) ? [] : ['a success with --json']),
    ...(of(command, 'text').length > 0 ? [] : ['a text for people']),
    ...(NOTHING_TO_FAIL.has(command) || STEPS.some((step) => step.command === command && step.expects.exitCode !== 0) ? [] : ['a failure']),
    ...routes.flatMap((route) => (of(command, 'json', route).some(({ expects }) => expects.kind === 'json' && expects.exitCode === 0) ? [] : [`a document (${route})`])),
  ].map((what) => `${command}: ${what}`);
}

describe('the cases', () => {
  it('are of every command of the program: documents on each route that it has, text, and failures', async () => {
    const commands = await commandsOfTheProgram();
    expect(commands.length).toBeGreaterThan(50);
    expect(commands.flatMap(missing)).toEqual([]);
    expect([...new Set(STEPS.map(({ command }) => command))].filter((command) => !commands.includes(command))).toEqual([]);
  });

  it('are of every published schema', () => {
    const used = new Set(STEPS.flatMap(({ expects }) => (expects.kind === 'json' ? [expects.schema] : expects.kind === 'fails' && expects.json ? ['error'] : [])));
    expect(SCHEMAS.filter((name) => !used.has(name))).toEqual([]);
  });

  it.each(['direct', 'daemon'] as const)('are of every exit code (%s)', (route) => {
    const codes = new Set(STEPS.filter(({ routes }) => routes.includes(route)).map(({ expects }) => expects.exitCode));
    expect([...codes].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 8]);
  });

  it('are of the flag forms of the original tool', () => {
    const forms = STEPS.map(({ line }) => line.join(' '));
    for (const form of ['--check', '--check --trading-mode paper', '--positions', '--account', '--subscribe AAPL', '--start --gateway-path', '--config ']) {
      expect(forms.filter((line) => line.startsWith(form) || line.includes(` ${form}`)), form).not.toEqual([]);
    }
  });
});
