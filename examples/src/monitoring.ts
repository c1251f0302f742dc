// Watches a connection: liveness kept by a thread, what happens as events and alarms, and its metrics.
//   tsx src/monitoring.ts [HOST:PORT] [QUOTES]
import process from 'node:process';
import { Alarms, ConnectionManager, ConnectionMonitor, eventSink, watchConnection } from '@ibkit/core-connection';
import type { HeartbeatOptions } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

export interface MonitoringOptions extends GatewayAddress {
  readonly heartbeat?: HeartbeatOptions;
  /** After how long without a session an alarm rings. */
  readonly alarmAfterMs?: number;
  /** How many quotes to watch. */
  readonly quotes?: number;
}

export async function run({ host, port, heartbeat = { intervalMs: 5_000, timeoutMs: 10_000, mode: 'thread' }, alarmAfterMs = 60_000, quotes = 5 }: MonitoringOptions): Promise<void> {
  const connection = new ConnectionManager({ host, port, clientId: 13, heartbeat, alarmAfterMs });
  const monitor = new ConnectionMonitor({ connection, name: 'example' });
  const alarms = new Alarms({ sinks: [eventSink(({ status, title }) => { console.log(`alarm ${status}: ${title}`); })] }); // or logSink, webhookSink, commandSink
  const stopAlarms = watchConnection({ connection, alarms });
  const marketData = new MarketData({ connection });
  connection.events.on('connection.lost', ({ reason, error }) => { console.log(`lost: ${reason} (${error.code})`); });
  connection.events.on('connection.recovered', ({ scope }) => { console.log(`recovered: ${scope}`); });
  connection.events.on('connection.loopStalled', ({ stalledMs }) => { console.log(`this program stood still for ${stalledMs} ms`); });
  try {
    await connection.connect();
    console.log('connected; the heartbeat asks after silence, and any byte from the gateway counts as life');
    let seen = 0;
    for await (const { bid, ask, stale, staleReason } of marketData.subscribeTicker('SPY', { mode: 'delayed' })) {
      console.log(stale ? `SPY is stale: ${staleReason}` : `SPY ${bid ?? '-'} x ${ask ?? '-'}`);
      if (!stale) seen += 1;
      if (seen === quotes) break;
    }
    const { state, reconnects, sessionsLost, sent, pacing, inboundAgeMs, layers } = monitor.snapshot();
    console.log(`${state}: ${sessionsLost} sessions lost, ${reconnects} made again, last byte ${Math.round(inboundAgeMs ?? 0)} ms ago`);
    console.log(`layers: ${Object.entries(layers).map(([layer, status]) => `${layer} ${status}`).join(', ')}`);
    console.log(`sent: ${Object.entries(sent).map(([lane, count]) => `${lane} ${count}`).join(', ')}; ${pacing.bulkHeadroom} more could leave now`);
    const metrics = monitor.toPrometheus().split('\n'); // serve it to a scraper
    for (const line of metrics) if (/^ibkit_connection_(reconnects_total|sessions_lost_total|availability_ratio)/u.test(line)) console.log(line);
  } finally {
    stopAlarms();
    await marketData.close();
    await monitor.close();
    await alarms.close();
    await connection.close();
  }
}

if (isProgram(import.meta.url)) await run({ ...gatewayAddress(), quotes: Number(process.argv[3] ?? 5) });
