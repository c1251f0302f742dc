import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { LANES } from '@ibkit/rate-limiter';
import type { LineBudget } from '@ibkit/rate-limiter';
import { ConnectionMonitor } from '@ibkit/core-connection';
import type { Alarms, ConnectionManager, Watchdog } from '@ibkit/core-connection';
import type { Clock } from '@ibkit/clock';
import type { Trading } from '@ibkit/gateway-trading';
import type { MarketData } from '@ibkit/market-data';
import type { Quotas } from '../tokens/quotas.js';
import type { ConnectionTable } from '../http/connection-table.js';
import { laneWaits } from './lane-waits.js';
import { registerOrderMetrics } from './order-metrics.js';
import { registerProcessMetrics } from './process-metrics.js';
import { registerStreamMetrics } from './stream-metrics.js';
import type { StreamStats } from './stream-metrics.js';
import { registerWatchMetrics } from './watch-metrics.js';

/** What the numbers are read from. */
export interface MetricsSources {
  readonly clock: Clock;
  readonly connection: ConnectionManager;
  readonly watchdog: Watchdog;
  readonly trading: Trading;
  readonly marketData: MarketData;
  readonly lines: Pick<LineBudget, 'usage'>;
  readonly alarms: Pick<Alarms, 'active' | 'status'>;
  readonly quotas: Pick<Quotas, 'usage'>;
  /** Quotes that are followed for callers over HTTP. */
  readonly followedQuotes: () => number;
  readonly http: () => ConnectionTable['counts'];
  /** @defaultValue nobody listens */
  readonly stream?: (() => StreamStats) | undefined;
}

/** From the same machine to a gateway that hangs, in seconds. */
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function statusValue(status: 'up' | 'down' | 'unknown'): number {
  if (status === 'unknown') return Number.NaN;
  return status === 'up' ? 1 : 0;
}

/**
 * The daemon's numbers in the Prometheus text format, read when somebody asks: its own, and behind them those of a `ConnectionMonitor`, named
 * `ibkit_connection_...`. No label holds an account or a symbol.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #connection: ConnectionManager;
  readonly #monitor: ConnectionMonitor;
  readonly #stops: readonly (() => void)[];
  readonly #requests: Counter<'route' | 'status'>;
  readonly #durations: Histogram<'route'>;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    const { connection } = sources;
    this.#connection = connection;
    this.#monitor = new ConnectionMonitor({ connection });
    this.#registerLink(sources);
    this.#registerLines(sources);
    this.#registerHttp(sources);
    registerWatchMetrics(this.#registry, sources);
    registerStreamMetrics(this.#registry, sources.stream);
    const notices = new Counter({ name: 'ibkit_broker_notices_total', help: 'Notices of the broker by code', labelNames: ['code'], registers });
    this.#requests = new Counter({ name: 'ibkit_http_requests_total', help: 'Answers of the API by route and status', labelNames: ['route', 'status'], registers });
    this.#durations = new Histogram({ name: 'ibkit_http_request_duration_seconds', help: 'From the head of a request to the end of its answer, by route', labelNames: ['route'], buckets: HTTP_BUCKETS, registers });
    this.#stops = [
      registerProcessMetrics(this.#registry),
      registerOrderMetrics(this.#registry, sources.trading, sources.clock),
      connection.events.on('notice.received', ({ code }) => {
        notices.inc({ code });
      }),
    ];
  }

  /** Counts one answer of the API. */
  answered(route: string, status: number, durationMs: number): void {
    this.#requests.inc({ route, status });
    this.#durations.observe({ route }, durationMs / 1000);
  }

  /** The present values as text. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: (await this.#registry.metrics()) + laneWaits(this.#connection.pacingStats().waits) + this.#monitor.toPrometheus() };
  }

  /** Stops counting. Idempotent. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#registry.clear();
    await this.#monitor.close();
  }

  #registerLink({ connection, trading }: MetricsSources): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'ibkit_farm_up', help: 'Health of each data farm: 1 up, 0 down, NaN unknown', labelNames: ['farm'], registers,
      collect() {
        this.reset();
        for (const [farm, { status }] of Object.entries(connection.health.layers.farms)) this.set({ farm }, statusValue(status));
      },
    });
    new Gauge({
      name: 'ibkit_ready', help: 'Whether data and orders can be asked for: 1 yes, 0 no', labelNames: ['kind'], registers,
      collect() {
        this.set({ kind: 'data' }, connection.isConnected() && connection.health.layers.upstream.status !== 'down' ? 1 : 0);
        this.set({ kind: 'trade' }, trading.gate().length === 0 ? 1 : 0);
      },
    });
    new Gauge({
      name: 'ibkit_lane_queued', help: 'Messages that wait for their turn, by lane', labelNames: ['lane'], registers,
      collect() {
        const { queued } = connection.pacingStats();
        for (const lane of LANES) this.set({ lane }, queued[lane]);
      },
    });
    new Gauge({
      name: 'ibkit_lane_wait_max_seconds', help: 'The longest that a message waited for its turn, by lane', labelNames: ['lane'], registers,
      collect() {
        const { waitedMaxMs } = connection.pacingStats();
        for (const lane of LANES) this.set({ lane }, waitedMaxMs[lane] / 1000);
      },
    });
    new Counter({
      name: 'ibkit_lane_not_sent_total', help: 'Messages that never left: no room in the queue, too late, taken back, or their session ended', labelNames: ['cause'], registers,
      collect() {
        const { refused, expired, aborted, cleared } = connection.pacingStats();
        this.reset();
        for (const [cause, count] of Object.entries({ refused, expired, aborted, cleared })) this.inc({ cause }, count);
      },
    });
  }

  #registerLines({ lines, marketData, alarms, quotas, followedQuotes }: MetricsSources): void {
    const registers = [this.#registry];
    const usage = (name: string, help: string, read: (kind: ReturnType<LineBudget['usage']>['quotes']) => number): void => {
      new Gauge({ name, help, labelNames: ['kind'], registers, collect() { for (const [kind, state] of Object.entries(lines.usage())) this.set({ kind }, read(state)); } });
    };
    usage('ibkit_lines_used', 'Lines of market data in use, by kind', ({ used }) => used);
    usage('ibkit_lines_limit', 'Lines of market data that may be used, by kind: fewer for a while after the broker refused one', ({ limit }) => limit);
    new Counter({
      name: 'ibkit_lines_refused_total', help: 'Lines that could not be had, by kind and by whom', labelNames: ['kind', 'by'], registers,
      collect() {
        this.reset();
        for (const [kind, { refused, refusedByBroker }] of Object.entries(lines.usage())) {
          this.inc({ kind, by: 'budget' }, refused);
          this.inc({ kind, by: 'broker' }, refusedByBroker);
        }
      },
    });
    new Gauge({
      name: 'ibkit_streams', help: 'Streams of market data by kind and condition: fresh, closed (no session), stale', labelNames: ['kind', 'status'], registers,
      collect() {
        for (const kind of ['quotes', 'tickByTick', 'bars', 'depth'] as const) {
          for (const status of ['fresh', 'closed', 'stale'] as const) this.set({ kind, status }, marketData.streams.filter((stream) => stream.kind === kind && stream.status === status).length);
        }
      },
    });
    new Gauge({ name: 'ibkit_followed_quotes', help: 'Quotes that are followed because somebody asked over HTTP', registers, collect() { this.set(followedQuotes()); } });
    new Gauge({ name: 'ibkit_read_token_lines', help: 'Lines that read tokens hold together', registers, collect() { this.set(quotas.usage().readLines); } });
    new Gauge({ name: 'ibkit_read_token_look_ups', help: 'Look-ups of read tokens that run now', registers, collect() { this.set(quotas.usage().readLookUps); } });
    new Gauge({
      name: 'ibkit_alarms_active', help: 'Alarms that are raised, by severity', labelNames: ['severity'], registers,
      collect() {
        for (const severity of ['warning', 'critical'] as const) this.set({ severity }, alarms.active.filter((alarm) => alarm.severity === severity).length);
      },
    });
    new Gauge({ name: 'ibkit_alarm_sinks_failing', help: 'Ways to tell people that did not work the last time', registers, collect() { this.set(alarms.status.filter(({ failing }) => failing).length); } });
  }

  #registerHttp({ http }: MetricsSources): void {
    const registers = [this.#registry];
    new Gauge({ name: 'ibkit_http_connections', help: 'Open sockets of the API', registers, collect() { this.set(http().open); } });
    new Counter({
      name: 'ibkit_http_connections_dropped_total', help: 'Sockets of the API that there was no room for', labelNames: ['cause'], registers,
      collect() {
        const { evicted, refused } = http();
        this.reset();
        this.inc({ cause: 'evicted' }, evicted);
        this.inc({ cause: 'refused' }, refused);
      },
    });
  }
}
