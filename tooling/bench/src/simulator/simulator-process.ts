import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { createSimulator } from '@ibkit/simulator';
import { numberOf, play, settingsOf } from './actor.js';
import { invented } from './symbols.js';

/** An open of a regular session, 09:30 New York: every run sees the same day. */
const OPEN_MS = Date.UTC(2026, 2, 2, 14, 30);

const settings = settingsOf();
const [symbols, speed] = [numberOf(settings, 'symbols'), numberOf(settings, 'speed')];
const simulator = await createSimulator({
  seed: 1,
  speed,
  startAtMs: OPEN_MS,
  instruments: invented(symbols),
  limits: { marketDataLines: Infinity, tickByTick: Infinity },
  maxClients: typeof settings['maxClients'] === 'number' ? settings['maxClients'] : 32,
});
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

play(
  { port: simulator.port },
  {
    usage: () => {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed, external } = process.memoryUsage();
      const told = {
        cpuMs: (user + system) / 1000,
        marketMs: simulator.clock.now() - OPEN_MS,
        stallP50Ms: delay.percentile(50) / 1e6,
        stallP99Ms: delay.percentile(99) / 1e6,
        stallMaxMs: delay.max / 1e6,
        rss,
        heapUsed,
        external,
        connections: simulator.control.state().connections,
        closed: simulator.control.journal({ kind: 'client', type: 'closed' }).length,
      };
      delay.reset();
      return told;
    },
  },
  () => simulator.close(),
);
