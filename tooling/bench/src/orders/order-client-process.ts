import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import { ORDER_CLIENTS, openOrderClient } from './order-client.js';

const settings = settingsOf();
const name = ORDER_CLIENTS.find((each) => each === settings['name']);
if (name === undefined) throw new Error(`the name must be one of ${ORDER_CLIENTS.join(', ')}`);
const client = await openOrderClient(name, numberOf(settings, 'port'), String(settings['directory']));
const clock = systemClock();
/** So far apart that the limiter has room, and not so far that the machine falls asleep. */
const APART_MS = 30;
const LOOK_UPS = 10_000;

async function place(count: number): Promise<readonly number[]> {
  const calledMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await sleep(clock, APART_MS);
    calledMs.push(Number(process.hrtime.bigint()) / 1e6);
    client.place();
  }
  return calledMs;
}

play(
  {},
  {
    warmUp: async () => ({ calledMs: await place(20) }),
    orders: async () => ({ calledMs: await place(60) }),
    lookUps: () => {
      for (let index = 0; index < LOOK_UPS; index += 1) client.lookUp(index);
      return {};
    },
    commits: () => ({ commitsMs: client.commitsMs.splice(0), refused: client.refused() }),
  },
  async () => {
    await client.close();
    process.exit();
  },
);
