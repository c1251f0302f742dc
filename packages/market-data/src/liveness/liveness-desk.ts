import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { MarketDataConnection } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { MarketDataMode } from '../quotes/market-data-mode.js';
import type { QuoteSnapshot } from '../quotes/quote.js';
import { tradingHoursOf } from '../sessions/trading-hours.js';
import type { LinkWatch } from '../streams/link-watch.js';
import { AlarmBook } from './alarm-book.js';
import type { MarketDataEvents } from './liveness-events.js';
import { LookQueue } from './look-queue.js';
import { CAUSE_WORDS, causeOfCode } from './silence-cause.js';
import { StreamLiveness } from './stream-liveness.js';
import type { LivenessTimes, StreamLivenessDeps } from './stream-liveness.js';
import type { StreamHealth, StreamKind, StreamWatch, StreamWatching, WatchedStream } from './watched-stream.js';

/** What a {@link LivenessDesk} works with. */
export interface LivenessDeskOptions {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  /** The least silence that is doubted, in milliseconds. */
  readonly silenceMs: Readonly<Record<StreamKind, number>>;
  readonly times: LivenessTimes;
  /** Looks at a contract once, and takes no data that is worse than the mode. */
  readonly look: (contract: ResolvedContract, mode: MarketDataMode, signal: AbortSignal) => Promise<QuoteSnapshot>;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** Second looks at a time. */
const MOST_LOOKS = 3;

/** Farms of historical data and of security definitions; live data does not depend on them. */
const HISTORICAL_FARM = 'hmds';
const DEFINITION_FARM = 'secdef';

/** Watches every stream of a `MarketData`, and tells what it finds. */
export class LivenessDesk implements StreamWatching {
  readonly events: EventBus<MarketDataEvents>;
  readonly #options: LivenessDeskOptions;
  readonly #looks: LookQueue<QuoteSnapshot>;
  readonly #deps: StreamLivenessDeps;
  readonly #watched = new Set<StreamLiveness>();
  readonly #offs: readonly (() => void)[];
  #lastId = 0;

  constructor(options: LivenessDeskOptions) {
    this.#options = options;
    const { connection, clock, link, onListenerError } = options;
    this.events = new EventBus<MarketDataEvents>({ onListenerError });
    this.#looks = new LookQueue<QuoteSnapshot>({ most: MOST_LOOKS, speaksForAll });
    const alarms = new AlarmBook({
      onAlarm: (alarm) => {
        this.events.emit('stream.alarm', alarm);
      },
      onOver: (over) => {
        this.events.emit('stream.alarmOver', over);
      },
    });
    this.#deps = {
      clock,
      alarms,
      times: options.times,
      market: ({ contract, regularHours = false }) => {
        const atMs = this.#serverNow();
        return tradingHoursOf(contract).during(atMs, atMs + 1, { regular: regularHours });
      },
      linkReason: () => link.reason,
      farmsDown: (stream) => farmsDown(connection, stream.kind),
      onCompeting: () => {
        this.#each((stream) => { stream.onCompeting(); });
      },
      snapshot: (stream, signal) => this.#looks.take((active) => options.look(stream.contract, stream.accepts?.() ?? 'live', active), signal),
      onStale: (event) => {
        this.events.emit('stream.stale', event);
      },
      onRecovered: (event) => {
        this.events.emit('stream.recovered', event);
      },
      onClosed: (liveness) => {
        this.#watched.delete(liveness);
      },
    };
    this.#offs = [
      link.on((change) => {
        if (change.type === 'down' || change.type === 'streamsLost') this.#each((stream) => { stream.onLinkDown(); });
        if (change.type === 'up' || change.type === 'streamsLost') this.#each((stream) => { stream.onLinkUp(); });
        if (change.type === 'farmDown') this.#each((stream) => { stream.hurry(); });
      }),
      connection.events.on('connection.recovered', () => {
        if (link.status === 'up') this.#each((stream) => { stream.hurry(); });
      }),
    ];
  }

  /** How every stream is doing. */
  get streams(): readonly StreamHealth[] {
    return [...this.#watched].map((stream) => Object.freeze(stream.health));
  }

  watch(stream: WatchedStream): StreamWatch {
    this.#lastId += 1;
    const liveness = new StreamLiveness(this.#deps, { stream, id: this.#lastId, silenceMs: this.#options.silenceMs[stream.kind] });
    this.#watched.add(liveness);
    return liveness;
  }

  /** Stops watching and telling. */
  close(): void {
    for (const off of this.#offs) off();
    for (const stream of [...this.#watched]) stream.close();
    this.events.close();
  }

  #each(run: (stream: StreamLiveness) => void): void {
    for (const stream of [...this.#watched]) run(stream);
  }

  /** Server time: sessions are the market's. */
  #serverNow(): number {
    return this.#options.connection.serverNow?.() ?? this.#options.clock.now();
  }
}

/** A look that nobody answered, or that met a trouble of all streams, is not worth repeating for the next stream. */
function speaksForAll(outcome: { readonly seen: QuoteSnapshot } | { readonly error: unknown }): boolean {
  if ('seen' in outcome) return !outcome.seen.complete && Object.keys(outcome.seen.fieldAtMs).length === 0;
  const cause = isIbkrError(outcome.error) ? causeOfCode(outcome.error.brokerCode) : undefined;
  return cause !== undefined && CAUSE_WORDS[cause].shared;
}

function farmsDown(connection: MarketDataConnection, kind: StreamKind): readonly string[] {
  const matters = (farm: string): boolean => !farm.includes(DEFINITION_FARM) && (kind === 'bars' || !farm.includes(HISTORICAL_FARM));
  return Object.entries(connection.health.layers.farms).flatMap(([farm, { status }]) => (status === 'down' && matters(farm) ? [farm] : []));
}
