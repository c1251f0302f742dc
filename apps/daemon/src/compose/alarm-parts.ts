import type { Clock } from '@ibkit/clock';
import { commandSink, logSink, watchConnection, webhookSink } from '@ibkit/core-connection';
import type { AlarmSink, Alarms, ConnectionManager, Watchdog } from '@ibkit/core-connection';
import type { GatewayProcess } from '@ibkit/gateway-process';
import type { Trading } from '@ibkit/gateway-trading';
import { watchMarketData } from '@ibkit/market-data';
import type { MarketData } from '@ibkit/market-data';
import type { DaemonLogger } from '../log.js';
import type { AlarmSettings } from '../settings/settings.js';

/** What a person is told through: the log always, and what the configuration names. */
export function alarmSinks(settings: AlarmSettings, clock: Clock, log: DaemonLogger): readonly AlarmSink[] {
  return [
    logSink(log),
    ...(settings.webhook === undefined ? [] : [webhookSink({ url: settings.webhook, clock })]),
    ...(settings.command === undefined ? [] : [commandSink({ command: settings.command, clock })]),
  ];
}

/** Raises what happens to orders and is no daily business. */
function watchTrading(trading: Trading, alarms: Pick<Alarms, 'raise' | 'resolve'>): () => void {
  const stops = [
    trading.events.on('order.unknown', ({ order }) => {
      alarms.raise({ key: `order-unknown:${order.intentId}`, severity: 'critical', title: 'the outcome of an order is unknown', message: 'It is being looked for at the broker; new orders in the same account and instrument wait. Look at GET /v1/orders?status=unknown.' });
    }),
    trading.events.on('order.statusChanged', ({ order, from, to }) => {
      if (from === 'unknown' && to !== 'unknown') alarms.resolve(`order-unknown:${order.intentId}`, `It is known again: ${to}.`);
    }),
    trading.events.on('order.duplicated', ({ order }) => {
      alarms.raise({ key: `order-duplicated:${order.intentId}`, severity: 'critical', title: 'the broker has an order twice', message: 'Look at GET /v1/orders, and at the orders in TWS.' });
    }),
    trading.events.on('bracket.unprotected', () => {
      alarms.raise({ key: 'bracket-unprotected', severity: 'critical', title: 'a position has lost its stop or target', message: 'An exit of a bracket ended while the position lives. Look at GET /v1/orders and /v1/positions.' });
    }),
    trading.events.on('bracket.protected', () => {
      alarms.resolve('bracket-unprotected');
    }),
    trading.events.on('journal.stopped', () => {
      alarms.raise({ key: 'journal-stopped', severity: 'critical', title: 'the journal of orders cannot be written', message: 'No order can be placed. Look at the disk and at the log, then restart the daemon.' });
    }),
    trading.events.on('lease.lost', () => {
      alarms.raise({ key: 'lease-lost', severity: 'critical', title: 'another program trades with this journal', message: 'The order gate is closed. Only one program may trade with one client id.' });
    }),
    trading.events.on('killSwitch.changed', ({ engaged }) => {
      if (engaged) alarms.raise({ key: 'kill-switch', severity: 'critical', title: 'the kill switch is on', message: 'No order is sent until it is released.' });
      else alarms.resolve('kill-switch', 'The kill switch was released.');
    }),
    trading.events.on('reconcile.failed', () => {
      alarms.raise({ key: 'reconcile-failed', severity: 'warning', title: 'orders could not be compared with the broker', message: 'It is tried again; until it works the order gate may stay closed.' });
    }),
    trading.events.on('reconcile.completed', () => {
      alarms.resolve('reconcile-failed');
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Raises what only a person can see to at the gateway's process, until its API answers again; that the login of the week comes, until its time is over. */
export function watchGateway(gateway: Pick<GatewayProcess, 'events'>, connection: Pick<ConnectionManager, 'events'>, alarms: Pick<Alarms, 'raise' | 'resolve'>): () => void {
  const told = new Set<string>();
  const raise = (key: string, title: string, message: string, severity: 'warning' | 'critical' = 'critical'): void => {
    told.add(key);
    alarms.raise({ key, severity, title, message });
  };
  const over = (): void => {
    for (const key of told) alarms.resolve(key, 'The gateway answers again.');
    told.clear();
  };
  const stops = [
    gateway.events.on('gateway.humanNeeded', ({ what, cause, deadlineMs }) => {
      const by = deadlineMs === undefined ? '' : ` By ${new Date(deadlineMs).toISOString()}.`;
      raise(`gateway-human:${what}`, 'the gateway needs a person', `${HUMAN[what]}: ${cause}.${by}`, what === 'weeklyLogin' ? 'warning' : 'critical');
    }),
    connection.events.on('connection.restartWindow', ({ phase, kind }) => {
      if (phase !== 'left' || kind !== 'weekly-login' || !told.delete('gateway-human:weeklyLogin')) return;
      alarms.resolve('gateway-human:weeklyLogin', 'The time for the login of the week is over.');
    }),
    gateway.events.on('gateway.alarm', ({ problem, cause }) => {
      raise(`gateway-process:${problem}`, 'the process of the gateway is in trouble', `${problem}: ${cause}. Look at GET /v1/gateway.`);
    }),
    gateway.events.on('gateway.stateChanged', ({ phase }) => {
      if (phase === 'ready') over();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const HUMAN = { secondFactor: 'Confirm its login with the second factor', credentials: 'Look at its user name and password', weeklyLogin: 'Be there for the login of the week' } as const;

/** What people are told about. */
export interface WatchedParts {
  readonly connection: ConnectionManager;
  readonly watchdog: Watchdog;
  readonly gatewayProcess: GatewayProcess | undefined;
  readonly marketData: MarketData;
  readonly trading: Trading;
}

/** Everything that people are told about, from all parts. */
export function watchAll(alarms: Alarms, { connection, watchdog, gatewayProcess, marketData, trading }: WatchedParts): { close(): void } {
  const stops = [watchConnection({ connection, watchdog, alarms }), watchMarketData({ marketData, alarms }), watchTrading(trading, alarms), ...(gatewayProcess === undefined ? [] : [watchGateway(gatewayProcess, connection, alarms)])];
  return {
    close() {
      for (const stop of stops) stop();
    },
  };
}
