import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import { CONTENDERS, openContender } from './contenders.js';

const settings = settingsOf();
const name = CONTENDERS.find((each) => each === settings['name']);
if (name === undefined) throw new Error(`the name must be one of ${CONTENDERS.join(', ')}`);
const contender = await openContender(name, numberOf(settings, 'port'));
const clock = systemClock();
/** Far enough apart that the limiter has room and the machine is asleep in between, as in life. */
const APART_MS = 120;
let nextOrder = 1;

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function orders(count: number, together: number): Promise<readonly number[]> {
  const calledMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await sleep(clock, APART_MS);
    for (let each = 0; each < together; each += 1) {
      calledMs.push(nowMs());
      contender.placeOrder(nextOrder);
      nextOrder += 1;
    }
  }
  return calledMs;
}

play(
  {},
  {
    stream500: () => {
      const startMs = nowMs();
      for (let index = 0; index < 500; index += 1) contender.stream(index);
      return { startMs };
    },
    stream100: () => {
      for (let index = 0; index < 100; index += 1) contender.stream(index);
      return {};
    },
    lookUps: () => {
      for (let index = 0; index < 10_000; index += 1) contender.lookUp(index);
      return {};
    },
    orders: async () => ({ calledMs: await orders(40, 1) }),
    pairs: async () => ({ calledMs: await orders(20, 2) }),
  },
  async () => {
    await contender.close();
    process.exit();
  },
);
