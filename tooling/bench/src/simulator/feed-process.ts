import process from 'node:process';
import { numberOf, play, settingsOf } from './actor.js';
import { BareClient } from './bare-client.js';

/** A reader that counts frames and knows nothing else. */
const settings = settingsOf();
const client = await BareClient.open(numberOf(settings, 'port'), 1);
await client.openLines(numberOf(settings, 'symbols'));

play(
  {},
  {
    counts: () => {
      const { user, system } = process.cpuUsage();
      return { ticks: client.ticks, bytes: client.bytes, cpuMs: (user + system) / 1000, ended: client.ended ? 1 : 0 };
    },
  },
  () => {
    client.close();
    return Promise.resolve();
  },
);
