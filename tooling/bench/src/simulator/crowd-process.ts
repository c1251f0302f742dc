import { systemClock } from '@ibkit/clock';
import { numberOf, play, settingsOf } from './actor.js';
import { BareClient, contractOf } from './bare-client.js';

/** Very many clients with one line each, and one that asks for every line and never reads. */
const settings = settingsOf();
const [port, connections, symbols] = [numberOf(settings, 'port'), numberOf(settings, 'connections'), numberOf(settings, 'symbols')];
const clock = systemClock();
const BATCH = 100;
/** Answers of a day of 5-second bars, about a megabyte each: more than may wait for one client. */
const HISTORIES = 40;
const clients: BareClient[] = [];
const startMs = clock.monotonic();
for (let first = 0; first < connections; first += BATCH) {
  const ids = Array.from({ length: Math.min(BATCH, connections - first) }, (_, index) => 1 + first + index);
  const batch = await Promise.all(ids.map((clientId) => BareClient.open(port, clientId)));
  for (const client of batch) client.send({ type: 'reqMktData', reqId: 1, contract: contractOf(0) });
  await Promise.all(batch.map((client) => client.barrier()));
  clients.push(...batch);
}
const openedMs = clock.monotonic() - startMs;
let lazy: BareClient | undefined;

async function answerMs(client: BareClient): Promise<number> {
  const fromMs = clock.monotonic();
  await client.barrier();
  return clock.monotonic() - fromMs;
}

play(
  { openedMs },
  {
    ticks: () => ({ ticks: clients.reduce((sum, client) => sum + client.ticks, 0), quietest: Math.min(...clients.map((client) => client.ticks)) }),
    answers: async () => {
      const times: number[] = [];
      // One at a time: how long a request takes while everybody gets ticks.
      for (let index = 0; index < clients.length; index += Math.ceil(clients.length / 200)) {
        const client = clients[index];
        if (client !== undefined) times.push(await answerMs(client));
      }
      times.sort((a, b) => a - b);
      return { p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN, p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN, ended: clients.filter(({ ended }) => ended).length };
    },
    stopReading: async () => {
      lazy = await BareClient.open(port, connections + 1);
      for (let reqId = 0; reqId < symbols; reqId += 1) lazy.send({ type: 'reqMktData', reqId, contract: contractOf(reqId) });
      for (let index = 0; index < HISTORIES; index += 1) {
        const reqId = symbols + index;
        lazy.send({ type: 'reqHistoricalData', reqId, contract: contractOf(index), endDateTime: '', barSizeSetting: '5 secs', durationStr: '1 D', useRTH: false, whatToShow: 'TRADES', formatDate: 2, keepUpToDate: false });
      }
      lazy.pause();
      return {};
    },
  },
  () => {
    for (const client of [...clients, ...(lazy === undefined ? [] : [lazy])]) client.close();
    return Promise.resolve();
  },
);
