import { createScaledClock, seededRandom, sleep, systemClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it, vi } from 'vitest';
import type { OptionChainSubscription } from '../chains/option-chain-subscription.js';
import { MarketData } from '../market-data.js';
import { IN_SESSION_MS } from '../testing/loopback.js';
import { FAULT_TABLE } from './fault-table.js';
import type { FaultTrial } from './fault-table.js';
import { SentChain } from './testing/sent-chain.js';
import { PATIENT, until } from './testing/until.js';

/** Another way of each fault at every run. A failure names it: put it here to see it again. */
const SEED = systemClock().now() % 1_000_000;
const SPEED = 10;
const CLIENT_ID = 1;
const WINDOW = { nextExpiries: 1, strikesEachSide: 2 } as const;

const random = seededRandom(SEED);
const TRIALS = Object.entries(FAULT_TABLE).flatMap(([type, trials]) => {
  const trial: FaultTrial | undefined = trials[Math.floor(random.next() * trials.length)];
  return trial === undefined ? [] : [{ type, trial, seed: 1 + SEED }];
});
/** Faults that end the session or the data: every row must say that it was blind. */
const BLIND = new Set(['drop', 'refuse', 'black-hole', 'mute-accept', 'mute-ready', 'id-in-use', 'restart', 'weekly-login', 'oversize', 'negative-length', 'competing-session', 'id-rollback', 'old-version', 'new-version', 'fill-during-outage']);

/** What keeps a chain from being whole and of now. */
function missing({ rows, complete, status }: OptionChainSubscription): string | undefined {
  if (status === 'ended') throw new Error('the chain ended');
  const stale = rows.find((row) => row.stale);
  if (stale !== undefined) return `${stale.strike} ${stale.right} is stale`;
  return complete ? undefined : `${rows.filter((row) => row.complete).length} of ${rows.length} rows are complete`;
}

// They wait most of the time.
vi.setConfig({ maxConcurrency: 5 });

describe.concurrent('chains survive, and show at last what the server sent', () => {
  it.each(TRIALS)('$type (seed $seed)', async ({ type, trial, seed }) => {
    await using simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: SPEED, seed, limits: { marketDataLines: Infinity }, journalTicks: true });
    const { control } = simulator;
    const clock = createScaledClock(systemClock(), { speed: SPEED, startAtMs: control.state().clock.nowMs });
    const connection = new ConnectionManager({ port: simulator.port, clientId: CLIENT_ID, clock, reconnect: { initialMs: 200, maxMs: 1000 } });
    const marketData = new MarketData({ connection, verifyMs: 4000, competingRetryMs: 4000, quoteSilenceMs: 10_000, lookUpTimeoutMs: 60_000 });
    try {
      await connection.connect(PATIENT);
      const chain = marketData.subscribeOptionChain('AAPL', { window: WINDOW });
      await until(() => missing(chain));
      const before = chain.rows.map(({ conId, gaps }) => [conId, gaps] as const);
      const injected = trial.faults.map((fault) => control.inject(fault));
      if (trial.cut !== undefined) control.dropClients(trial.cut);
      if (trial.holdMs === 'noticed') await until(() => (chain.rows.every(({ stale }) => stale) ? undefined : 'the silence of the chain is not noticed'));
      else await sleep(systemClock(), trial.holdMs);
      const grown = (): number => before.filter(([conId, gaps]) => (chain.rows.find((row) => row.conId === conId)?.gaps ?? Number.POSITIVE_INFINITY) > gaps).length;
      // The end of a session may still be on its way.
      if (BLIND.has(type)) await until(() => (grown() === before.length || chain.rows.every(({ stale }) => stale) ? undefined : 'the chain does not notice'));
      for (const end of injected) end();
      control.clearFaults();
      control.approve();
      await until(() => {
        if (connection.health.layers.upstream.status === 'down') control.notice(1102);
        return connection.isConnected() ? missing(chain) : `the connection is ${connection.state}`;
      });
      control.moveClock({ action: 'pause' });
      // What was sent before arrives before long, and then nothing comes any more.
      await until(() => {
        const sent = new SentChain(control.journal({ clientId: CLIENT_ID }));
        const wrong = chain.rows.find(({ conId, bid, ask }) => JSON.stringify([bid, ask]) !== JSON.stringify(sent.of(conId)));
        return wrong === undefined ? undefined : `${wrong.strike} ${wrong.right} shows ${JSON.stringify([wrong.bid, wrong.ask])}, sent was ${JSON.stringify(sent.of(wrong.conId))}`;
      });
      const blind = grown();
      expect(BLIND.has(type) ? blind === before.length : trial.ticks !== 'none' || blind === 0, `${blind} of ${before.length} rows have a new gap: ${JSON.stringify(trial)}`).toBe(true);
    } finally {
      await marketData.close();
      await connection.close();
      clock.close();
    }
  }, 60_000);
});
