import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { numberOf, play, settingsOf } from './actor.js';
import { BareClient } from './bare-client.js';
import { OrderFlow } from './order-flow.js';

/** One client that reads every line and trades. */
const settings = settingsOf();
const symbols = numberOf(settings, 'symbols');
const everyMs = numberOf(settings, 'orderEveryMs');
const mostOrders = numberOf(settings, 'orders');
const clock = systemClock();
const flow = new OrderFlow(symbols, () => clock.monotonic());
const perLine = new Float64Array(symbols);
const ZERO = 48;

/** Counts the messages of each line: the request id is the third field of prices, sizes and texts. */
function countLine(bytes: Uint8Array, start: number): void {
  let at = start;
  for (let nuls = 0; nuls < 2; at += 1) if (bytes[at] === 0) nuls += 1;
  let reqId = 0;
  for (; bytes[at] !== 0; at += 1) reqId = reqId * 10 + ((bytes[at] ?? ZERO) - ZERO);
  perLine[reqId] = (perLine[reqId] ?? 0) + 1;
}

const client = await BareClient.open(numberOf(settings, 'port'), 1, (messageId, bytes, start, end) => {
  if (messageId === 1 || messageId === 2 || messageId === 45 || messageId === 46) countLine(bytes, start);
  flow.read(messageId, bytes, start, end);
});
await client.openLines(symbols);

let timer: Timer | undefined;
const startMs = clock.monotonic();

/** Places what is due: timers are coarse, the rate is not. */
function trade(): void {
  const due = Math.min(mostOrders, (clock.monotonic() - startMs) / everyMs);
  while (flow.placed < due) flow.place(client);
  timer = clock.setTimer(10, trade);
}
trade();

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

play(
  {},
  {
    counts: () => {
      const { user, system } = process.cpuUsage();
      return {
        ticks: client.ticks,
        bytes: client.bytes,
        cpuMs: (user + system) / 1000,
        slowestLine: Math.min(...perLine),
        placed: flow.placed,
        filled: flow.countOf('filled'),
        cancelled: flow.countOf('cancelled'),
        refused: flow.countOf('refused'),
        unanswered: flow.unanswered,
        answerP50Ms: quantile(flow.answeredMs, 0.5),
        answerP99Ms: quantile(flow.answeredMs, 0.99),
        ended: client.ended ? 1 : 0,
      };
    },
    stopTrading: async () => {
      timer?.cancel();
      await client.barrier();
      return {};
    },
  },
  () => {
    timer?.cancel();
    client.close();
    return Promise.resolve();
  },
);
