import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sleep, systemClock } from '@ibkit/clock';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import { READERS, openReader } from './quote-readers.js';

const settings = settingsOf();
const name = READERS.find((each) => each === settings['name']);
if (name === undefined) throw new Error(`the name must be one of ${READERS.join(', ')}`);
const reader = await openReader(name, numberOf(settings, 'port'));

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}

let cpuFrom = process.cpuUsage();
let deliveredFrom = 0;

play(
  {},
  {
    begin: () => {
      deliveredFrom = reader.delivered;
      cpuFrom = process.cpuUsage();
      return {};
    },
    end: async () => {
      await reader.marker();
      const { user, system } = process.cpuUsage(cpuFrom);
      const delivered = reader.delivered - deliveredFrom;
      // What waits for the end of the turn reaches the consumer before the sum is taken.
      await sleep(systemClock(), 1);
      return { cpuMs: (user + system) / 1000, delivered, sum: reader.sum, heapBytes: heapBytes() };
    },
  },
  async () => {
    await reader.close();
    process.exit();
  },
);
