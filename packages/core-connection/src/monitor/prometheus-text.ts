import type { ConnectionMetrics } from './connection-monitor.js';

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: (metrics: ConnectionMetrics) => readonly Sample[];
}

interface Sample {
  /** What the name of the family is followed by, as `_bucket`. */
  readonly suffix?: string | undefined;
  readonly labels?: Labels | undefined;
  readonly value: number;
}

function one(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ value }];
}

function statusValue(status: 'up' | 'down' | 'unknown'): number {
  if (status === 'unknown') return Number.NaN;
  return status === 'up' ? 1 : 0;
}

const STATES: readonly ConnectionMetrics['state'][] = ['disconnected', 'connecting', 'connected', 'reconnecting', 'failed'];

function gauge(name: string, help: string, value: (metrics: ConnectionMetrics) => number | undefined): Family {
  return { name, help, type: 'gauge', samples: (metrics) => one(value(metrics)) };
}

function counter(name: string, help: string, value: (metrics: ConnectionMetrics) => number): Family {
  return { name, help, type: 'counter', samples: (metrics) => one(value(metrics)) };
}

const FAMILIES: readonly Family[] = [
  {
    name: 'state',
    help: '1 for the state that the connection is in, 0 for the others',
    type: 'gauge',
    samples: ({ state }) => STATES.map((name) => ({ labels: { state: name }, value: Number(name === state) })),
  },
  {
    name: 'layer_status',
    help: 'Health of each layer of the link: 1 up, 0 down, NaN unknown',
    type: 'gauge',
    samples: ({ layers }) => Object.entries(layers).map(([layer, status]) => ({ labels: { layer }, value: statusValue(status) })),
  },
  gauge('farms_down', 'Data farms that are down', (metrics) => metrics.farmsDown),
  gauge('uptime_seconds', 'How long the present session has been ready', (metrics) => metrics.uptimeMs / 1_000),
  gauge('availability_ratio', 'Part of the observed time in which the connection was ready', (metrics) => metrics.availability),
  counter('reconnects_total', 'Sessions made again after a loss', (metrics) => metrics.reconnects),
  counter('sessions_lost_total', 'Ready sessions that ended unasked', (metrics) => metrics.sessionsLost),
  counter('alarms_total', 'Outages that lasted too long', (metrics) => metrics.alarms),
  counter('loop_stalls_total', 'Times that our own event loop stood still', (metrics) => metrics.loopStalls),
  {
    name: 'messages_sent_total',
    help: 'Messages that passed the rate limiter, by lane',
    type: 'counter',
    samples: ({ sent }) => Object.entries(sent).map(([lane, value]) => ({ labels: { lane }, value })),
  },
  gauge('messages_sent_per_second', 'Messages per second over the last samples', (metrics) => metrics.sentPerSecond),
  {
    name: 'pacing_headroom',
    help: 'Messages that could leave right now, for data and for orders and cancels',
    type: 'gauge',
    samples: ({ pacing }) => [
      { labels: { lanes: 'bulk' }, value: pacing.bulkHeadroom },
      { labels: { lanes: 'urgent' }, value: pacing.urgentHeadroom },
    ],
  },
  gauge('pacing_limit_per_second', 'Rate in force for data: lower for a while after the broker said 100', (metrics) => metrics.pacing.perSecond),
  gauge('queued_messages', 'Messages that wait for their turn', (metrics) => metrics.queuedMessages),
  gauge('pending_requests', 'Requests without an answer yet', (metrics) => metrics.pendingRequests),
  gauge('subscriptions', 'Streams that should exist', (metrics) => metrics.subscriptions),
  {
    name: 'order_latency_seconds',
    help: 'From the bytes of an order to the first word of the gateway about it',
    type: 'histogram',
    samples: ({ orderLatency: { buckets, sumMs, count } }) => [
      ...buckets.map(({ leMs, count: upTo }) => ({ suffix: '_bucket', labels: { le: formatValue(leMs / 1_000) }, value: upTo })),
      { suffix: '_sum', value: sumMs / 1_000 },
      { suffix: '_count', value: count },
    ],
  },
  gauge('inbound_age_seconds', 'How long nothing has arrived; absent without a session', ({ inboundAgeMs }) => (inboundAgeMs === undefined ? undefined : inboundAgeMs / 1_000)),
  gauge('event_loop_lag_seconds', 'Largest lateness of a timer over the last samples', (metrics) => metrics.eventLoopLag.maxMs / 1_000),
  gauge('session_received_bytes', 'Bytes that the present session received', (metrics) => metrics.bytesIn),
  gauge('session_sent_bytes', 'Bytes that the present session sent', (metrics) => metrics.bytesOut),
  counter('undecodable_frames_total', 'Frames that could not be read', (metrics) => metrics.undecodableFrames),
];

/**
 * Numbers of any number of connections in the text format of Prometheus, version 0.0.4 (`text/plain; version=0.0.4`). Every sample is labelled with the
 * monitor's name and the client id, and with nothing that names an account.
 */
export function renderPrometheus(snapshots: readonly ConnectionMetrics[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of FAMILIES) {
    const full = `ibkit_connection_${name}`;
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
    for (const metrics of snapshots) {
      const common: Labels = { connection: metrics.name, client_id: String(metrics.clientId) };
      for (const { suffix = '', labels, value } of samples(metrics)) {
        lines.push(`${full}${suffix}{${formatLabels({ ...common, ...labels })}} ${formatValue(value)}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replace(/\\/gu, '\\\\').replace(/"/gu, '\\"').replace(/\n/gu, '\\n');
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
