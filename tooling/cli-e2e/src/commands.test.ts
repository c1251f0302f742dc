import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { systemClock } from '@ibkit/clock';
import { beforeAll, describe, inject, it } from 'vitest';
import { OFFLINE, REPLAYS } from './cases/alone.js';
import { ORDERS } from './cases/orders.js';
import { READS } from './cases/reads.js';
import { SERVICES } from './cases/services.js';
import { perform, titleOf } from './testing/perform.js';
import type { Place, Places } from './testing/perform.js';
import { freshDirectory } from './testing/program.js';
import { untilReady } from './testing/world.js';

const world = inject('world');
const DAY_MS = 86_400_000;

function day(offset: number): string {
  return new Date(systemClock().now() + offset * DAY_MS).toISOString().slice(0, 10);
}

const known = (): Map<string, string> => new Map([['expiry', world.option.expiry], ['low', world.option.strikes[0]], ['high', world.option.strikes[1]], ['weekAgo', day(-7)], ['dayAfter', day(-6)]]);
const garbage = path.join(world.direct.home, 'garbage.ini');
const alone: Place = { flags: [], home: freshDirectory(), facts: new Map([['garbage', garbage], ['recording', path.join(world.direct.home, 'recording')]]) };
const places: Places = {
  direct: { flags: ['--via', 'direct', '--port', String(world.direct.port)], home: world.direct.home, env: world.flow, facts: known() },
  daemon: { flags: ['--via', 'daemon'], home: world.daemon.home, facts: known() },
  alone,
};

beforeAll(() => untilReady(world.daemon));
beforeAll(() => writeFile(garbage, '[connection]\nport = many\n\u0000\u0007 = {{{\n'));

describe.each([
  ['what reads', READS],
  ['orders, the account, and what keeps them safe', ORDERS],
  ['what runs beside', SERVICES],
  ['what needs no gateway', OFFLINE],
  ['what was recorded', REPLAYS],
])('%s', (_name, steps) => {
  // eslint-disable-next-line vitest/expect-expect -- perform holds the assertions
  it.each(steps.map((step) => [titleOf(step), step] as const))('%s', async (_title, step) => {
    await perform(step, places);
  });
});
