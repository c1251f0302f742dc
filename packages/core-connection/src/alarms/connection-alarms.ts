import type { EventBus } from '@ibkit/event-bus';
import type { ConnectionAlarm, ConnectionEvents } from '../connection-events.js';
import type { WatchdogEvents } from '../watchdog/watchdog-events.js';
import type { AlarmNews } from './alarm.js';

/** Where alarms are raised: `Alarms` has it. */
export interface AlarmDesk {
  raise(news: AlarmNews): boolean;
  resolve(key: string, message?: string): boolean;
}

/** Options of {@link watchConnection}. */
export interface WatchConnectionOptions {
  readonly connection: { readonly events: Pick<EventBus<ConnectionEvents>, 'on'> };
  readonly alarms: AlarmDesk;
  /** The watchdog over it, whose troubles are alarms, too. @defaultValue none */
  readonly watchdog?: { readonly events: Pick<EventBus<WatchdogEvents>, 'on'> } | undefined;
  /** Tells this connection from others. No account ids. @defaultValue 'connection' */
  readonly name?: string | undefined;
}

const TITLES: Readonly<Record<ConnectionAlarm['kind'], string>> = {
  stillDown: 'no connection to the gateway',
  clientIdInUse: 'the client id is in use elsewhere',
  upstreamDown: 'the gateway has no link to the broker',
};

/**
 * Raises an alarm for every outage that lasts too long, for a connection that gave up, and for a gateway that moved to another port; and resolves it when it is
 * over. One per trouble, however often the gateway repeats it.
 * @returns what stops that; alarms that are raised stay raised
 */
export function watchConnection(options: WatchConnectionOptions): () => void {
  const { connection, alarms, name = 'connection' } = options;
  const keyOf = (what: string): string => `${name}:${what}`;
  const backUp = (): void => {
    for (const what of ['stillDown', 'clientIdInUse', 'upstreamDown', 'gaveUp']) alarms.resolve(keyOf(what), 'The connection is ready again.');
  };
  const stops = [
    connection.events.on('connection.alarm', ({ kind, message, downMs }) => {
      alarms.raise({ key: keyOf(kind), severity: 'critical', title: `${name}: ${TITLES[kind]}`, message, details: { downMs } });
    }),
    connection.events.on('connection.gaveUp', ({ error, attempts, reason }) => {
      const title = `${name}: gave up connecting`;
      alarms.raise({ key: keyOf('gaveUp'), severity: 'critical', title, message: error.message, details: { code: error.code, attempts, reason } });
    }),
    connection.events.on('connection.portChanged', ({ from, to }) => {
      const title = `${name}: the gateway moved to port ${to}`;
      const message = `The connection followed from port ${from}. Write the new port into the configuration, or the next start will not find it.`;
      alarms.raise({ key: keyOf('portChanged'), severity: 'warning', title, message, details: { from, to } });
    }),
    connection.events.on('connection.established', backUp),
    connection.events.on('connection.recovered', ({ scope }) => {
      if (scope === 'session') backUp();
      else if (scope === 'upstream') alarms.resolve(keyOf('upstreamDown'), 'The gateway has its link to the broker again.');
    }),
  ];
  if (options.watchdog !== undefined) stops.push(...watchdogAlarms(options.watchdog, alarms, keyOf, name));
  return () => {
    for (const stop of stops) stop();
  };
}

/** What the connection itself does not tell. */
function watchdogAlarms(
  { events }: NonNullable<WatchConnectionOptions['watchdog']>,
  alarms: AlarmDesk,
  keyOf: (what: string) => string,
  name: string,
): (() => void)[] {
  return [
    events.on('watchdog.unhealthy', ({ problem: { kind, cause, forMs } }) => {
      if (kind !== 'farmDown' && kind !== 'streamsSilent') return;
      const title = kind === 'farmDown' ? `${name}: a data farm is down` : `${name}: no stream says anything`;
      alarms.raise({ key: keyOf(kind), severity: 'warning', title, message: cause, details: { forMs } });
    }),
    events.on('watchdog.healthy', ({ kind }) => {
      alarms.resolve(keyOf(kind));
    }),
    events.on('watchdog.gateway', ({ action, phase, reason, detail }) => {
      if (phase === 'done') alarms.resolve(keyOf('gateway'), `The ${action} of the gateway has worked.`);
      if (phase !== 'failed' && detail !== 'budget') return;
      const message = phase === 'failed' ? `The ${action} failed: ${detail ?? 'no reason is known'}` : 'It was restarted too often already: somebody has to look at it.';
      alarms.raise({ key: keyOf('gateway'), severity: 'critical', title: `${name}: the gateway needs a person`, message, details: { action, reason } });
    }),
    events.on('watchdog.gaveUp', ({ error }) => {
      alarms.raise({ key: keyOf('gaveUp'), severity: 'critical', title: `${name}: gave up connecting`, message: error });
    }),
  ];
}
