import { parseTopic, topicText } from '@ibkit/api-contract';
import type { ApiInstrumentFields, ApiRisk, Topic, TopicKindName } from '@ibkit/api-contract';
import { TimeZone, onAbort } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ContractLike, MarketDataMode } from '@ibkit/market-data';
import type { GatewayPort } from '../gateway/gateway-port.js';
import { instrumentQuery } from '../instruments/instrument-query.js';
import type { OperationsConnection, OperationsMarketData, OperationsTrading } from '../options.js';
import { JournalTail } from './journal/journal-tail.js';
import type { TopicJournal } from './journal/topic-journal.js';
import { accountSource, pnlSource, positionsSource } from './sources/account.js';
import { barsSource } from './sources/bars.js';
import { depthSource } from './sources/depth.js';
import { AUDIT_VIEW, ORDERS_VIEW, durableSource, executionsView } from './sources/journal-topics.js';
import { quotesSource } from './sources/quotes.js';
import { gatewaySource, healthSource, riskSource } from './sources/service.js';
import { TickLines } from './sources/ticks.js';
import type { TopicEvent } from './topic-event.js';
import { TopicFeed } from './topic-feed.js';
import { TopicLine } from './topic-line.js';
import type { TopicSink, TopicSource } from './topic-source.js';

/** What topics are made from. None of it is closed with them. */
export interface TopicsOptions {
  readonly connection: OperationsConnection;
  readonly marketData: OperationsMarketData;
  /** Started. */
  readonly trading: OperationsTrading;
  /** The process of the gateway. @defaultValue none: it runs by itself */
  readonly gateway?: GatewayPort | undefined;
  /** Where trading writes, for `orders`, `executions` and `audit`; the result of `watchedJournal` tells at once. @defaultValue none: these topics are refused */
  readonly journal?: TopicJournal | undefined;
  /** The answer of the operation `risk`. @defaultValue none: the topic is refused */
  readonly risk?: (() => Promise<ApiRisk> | ApiRisk) | undefined;
  /** @defaultValue the connection's */
  readonly clock?: Clock | undefined;
  /** How long what feeds a topic is kept after its last reader, milliseconds. @defaultValue 5000 */
  readonly lingerMs?: number | undefined;
  /** The zone in which the broker's day ends, for "today's fills". @defaultValue 'America/New_York' */
  readonly brokerTimeZone?: string | undefined;
  /** Told what a listener threw. @defaultValue nobody */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** How one topic is opened. */
export interface OpenTopicOptions<K extends TopicKindName = TopicKindName> {
  /** What the text of the topic does not say about the instrument. */
  readonly instrument?: ApiInstrumentFields | undefined;
  /** Of quotes: what is taken where live data is not to be had. @defaultValue 'live' */
  readonly marketData?: MarketDataMode | undefined;
  /** Called with every event from now on; what there is already is in `state`. */
  readonly onEvent?: ((event: TopicEvent<K>) => void) | undefined;
  /** Ends the reader quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** What a text or its parts name. */
export type TopicLike = string | Topic;

interface Held {
  readonly line: AnyLine;
  lingering: Timer | undefined;
}

type AnyLine = { [K in TopicKindName]: TopicLine<K> }[TopicKindName];

/** The topics of the stream over a broker connection: one line for each, however many read it. */
export class Topics implements AsyncDisposable {
  readonly #options: TopicsOptions;
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #zone: TimeZone;
  readonly #ticks: TickLines;
  readonly #tail: JournalTail | undefined;
  readonly #lines = new Map<string, Held>();
  readonly #closings = new Set<Promise<void>>();
  #closed = false;

  /** @throws {@link UsageError} when an option breaks a rule. */
  constructor(options: TopicsOptions) {
    const { connection, marketData, journal, lingerMs = 5000, brokerTimeZone = 'America/New_York' } = options;
    if (!(lingerMs >= 0 && lingerMs <= 3_600_000)) throw new UsageError({ field: 'lingerMs', value: lingerMs, rule: 'must be a number of milliseconds from 0 to 3600000' });
    this.#options = options;
    this.#clock = options.clock ?? connection.clock;
    this.#lingerMs = lingerMs;
    this.#zone = new TimeZone(brokerTimeZone);
    this.#ticks = new TickLines({ connection, marketData });
    this.#tail = journal === undefined ? undefined : new JournalTail({ clock: this.#clock, journal });
  }

  /** How many topics are fed now. */
  get openLines(): number {
    return this.#lines.size;
  }

  /**
   * Opens a reader of a topic such as `quotes/SPY`. What cannot be opened at the broker ends the reader with the error.
   * @throws {@link UsageError} `IBKR_TOPIC_UNKNOWN` for a text that is no topic, `IBKR_TOPIC_UNAVAILABLE` for one that needs a part that is not there;
   *   for an instrument that cannot be understood; what trading throws for an account that it does not have.
   */
  open(topic: TopicLike, options: OpenTopicOptions = {}): TopicFeed {
    if (this.#closed) throw new UsageError({ code: 'IBKR_TOPICS_CLOSED', field: 'topics', rule: 'must not be closed' });
    const parsed = typeof topic === 'string' ? parseTopic(topic) : topic;
    if (parsed === undefined) {
      throw new UsageError({ code: 'IBKR_TOPIC_UNKNOWN', field: 'topic', value: topic, rule: 'must be a topic such as quotes/SPY, bars/SPY/1m, depth/SPY, orders, positions or health' });
    }
    const text = topicText(parsed);
    const { instrument, marketData, signal } = options;
    const key = `${text} ${marketData ?? ''} ${JSON.stringify(Object.entries(instrument ?? {}).filter(([, value]) => value !== undefined).sort())}`;
    const held = this.#held(key, parsed, options);
    held.lingering?.cancel();
    held.lingering = undefined;
    const feed = feedOf(held.line, { topic: text, onEvent: options.onEvent, release: () => this.#released(key, held) });
    if (signal !== undefined) onAbort(signal, () => void feed.close());
    return feed;
  }

  /** Ends every reader and what feeds them. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { line, lingering } of [...this.#lines.values()]) {
      lingering?.cancel();
      this.#closeLine(line);
    }
    this.#lines.clear();
    await Promise.all(this.#closings);
  }

  /** The same as {@link Topics.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #held(key: string, topic: Topic, options: OpenTopicOptions): Held {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    let ended = false;
    const held: Held = {
      line: this.#line(topic, options, () => {
        ended = true;
        if (this.#lines.get(key) === held) this.#lines.delete(key);
      }),
      lingering: undefined,
    };
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a source may end while it is being opened
    if (!ended) this.#lines.set(key, held);
    return held;
  }

  #line(topic: Topic, { instrument, marketData: mode }: OpenTopicOptions, onEnded: () => void): AnyLine {
    const { connection, marketData, trading, gateway } = this.#options;
    const { kind, tick, size, account = '' } = topic;
    const service = { clock: this.#clock, connection, trading, gateway };
    const make = <K extends TopicKindName>(name: K, open: (sink: TopicSink<K>) => TopicSource<K>): TopicLine<K> => {
      const line = new TopicLine({ kind: name, clock: this.#clock, onEnded, onListenerError: this.#options.onListenerError });
      line.attach(open);
      return line;
    };
    const contract = (): ContractLike => instrumentQuery({ symbol: topic.instrument, ...instrument });
    const instrumentKey = `${topic.instrument ?? ''} ${JSON.stringify(instrument ?? {})}`;
    switch (kind) {
      case 'quotes': return make(kind, (sink) => quotesSource({ connection, marketData }, { contract: contract(), mode }, sink));
      case 'trades': return make(kind, (sink) => this.#ticks.trades(instrumentKey, contract(), sink));
      case 'ticks': return make(kind, (sink) => this.#ticks.ticks(instrumentKey, { contract: contract(), kind: tick ?? 'allLast' }, sink));
      case 'bars': return make(kind, (sink) => barsSource({ connection, marketData }, { contract: contract(), size: size ?? '5s' }, sink));
      case 'depth': return make(kind, (sink) => depthSource({ marketData }, { contract: contract() }, sink));
      case 'positions': return make(kind, (sink) => positionsSource({ trading }, sink));
      case 'account': return make(kind, (sink) => accountSource({ trading }, account, sink));
      case 'pnl': return make(kind, (sink) => pnlSource({ trading }, account, sink));
      case 'health': return make(kind, (sink) => healthSource(service, sink));
      case 'gateway': return make(kind, (sink) => gatewaySource(service, sink));
      case 'risk': {
        const { risk } = this.#options;
        if (risk === undefined) throw unavailable(kind);
        return make(kind, (sink) => riskSource({ ...service, risk }, sink));
      }
      case 'orders': return make(kind, (sink) => durableSource(this.#journal(kind), ORDERS_VIEW, sink));
      case 'audit': return make(kind, (sink) => durableSource(this.#journal(kind), AUDIT_VIEW, sink));
      case 'executions': {
        const view = executionsView({ clock: this.#clock, zone: this.#zone, serverNow: () => connection.serverNow() });
        return make(kind, (sink) => durableSource(this.#journal(kind), view, sink));
      }
    }
  }

  #journal(kind: TopicKindName): JournalTail {
    if (this.#tail === undefined) throw unavailable(kind);
    return this.#tail;
  }

  #released(key: string, held: Held): Promise<void> {
    const { line } = held;
    if (line.ended || line.readers > 0 || this.#closed || this.#lines.get(key) !== held) return Promise.resolve();
    held.lingering = this.#clock.setTimer(this.#lingerMs, () => {
      if (line.readers > 0) return;
      this.#lines.delete(key);
      this.#closeLine(line);
    }, { keepAlive: false });
    return Promise.resolve();
  }

  #closeLine(line: AnyLine): void {
    const closing = line.close().catch((error: unknown) => this.#options.onListenerError?.(error));
    this.#closings.add(closing);
    void closing.finally(() => this.#closings.delete(closing));
  }
}

function unavailable(kind: string): UsageError {
  return new UsageError({ code: 'IBKR_TOPIC_UNAVAILABLE', field: 'topic', value: kind, rule: 'must be one that is served here: orders, executions and audit need a journal' });
}

function feedOf(line: AnyLine, options: { readonly topic: string; readonly onEvent: ((event: TopicEvent) => void) | undefined; readonly release: () => Promise<void> }): TopicFeed {
  return new TopicFeed({ ...options, line });
}

/** Makes {@link Topics}. */
export function createTopics(options: TopicsOptions): Topics {
  return new Topics(options);
}
