import type { TICK_KINDS } from '@ibkit/api-contract';
import { asError } from '@ibkit/error-codes';
import type { BidAskTick, ContractLike, GapTick, MidPointTick, TickByTickKind, TickStream, TradeTick } from '@ibkit/market-data';
import type { OperationsConnection, OperationsMarketData } from '../../options.js';
import { tickData, tradeData } from '../data/tick-data.js';
import type { TopicSink, TopicSource } from '../topic-source.js';
import { linkDown, onLinkDown } from './link-doubt.js';

type Tick = TradeTick | BidAskTick | MidPointTick | GapTick;

const KIND: Readonly<Record<(typeof TICK_KINDS)[number], TickByTickKind>> = { last: 'Last', allLast: 'AllLast', bidAsk: 'BidAsk', midPoint: 'MidPoint' };

interface Reader {
  tick(tick: Tick): void;
  end(error: Error | undefined): void;
}

interface Upstream {
  readonly stream: TickStream<Tick>;
  readonly readers: Set<Reader>;
}

/** What tick topics work with. */
export interface TickDeps {
  readonly connection: OperationsConnection;
  readonly marketData: OperationsMarketData;
}

/** The tick-by-tick streams at the broker, which allows few: one for each instrument and kind, also where two topics show it. */
export class TickLines {
  readonly #deps: TickDeps;
  readonly #upstreams = new Map<string, Upstream>();

  constructor(deps: TickDeps) {
    this.#deps = deps;
  }

  /** Every trade. */
  trades(key: string, contract: ContractLike, sink: TopicSink<'trades'>): TopicSource<'trades'> {
    sink.whole({});
    return this.#source({ key, contract, kind: 'AllLast' }, sink, (tick) => {
      if (tick.type === 'trade') sink.delta(tradeData(tick), { atMs: tick.receivedAtMs });
    });
  }

  /** Every tick of one kind. */
  ticks(key: string, wanted: { readonly contract: ContractLike; readonly kind: (typeof TICK_KINDS)[number] }, sink: TopicSink<'ticks'>): TopicSource<'ticks'> {
    sink.whole({});
    return this.#source({ key, contract: wanted.contract, kind: KIND[wanted.kind] }, sink, (tick) => {
      if (tick.type !== 'gap') sink.delta(tickData(tick), { atMs: tick.receivedAtMs });
    });
  }

  #source(
    { key, contract, kind }: { readonly key: string; readonly contract: ContractLike; readonly kind: TickByTickKind },
    sink: Pick<TopicSink<'ticks'>, 'gap' | 'stale' | 'end'>,
    take: (tick: Tick) => void,
  ): { close(): Promise<void> } {
    const { connection, marketData } = this.#deps;
    let conId: number | undefined;
    const reader: Reader = {
      tick: (tick) => {
        conId = tick.conId;
        if (tick.type === 'gap') sink.gap(tick);
        else take(tick);
      },
      end: (error) => {
        sink.end(error);
      },
    };
    const offLink = onLinkDown(connection, (cause, sinceMs) => {
      sink.stale(cause, sinceMs);
    });
    const offStale = marketData.events.on('stream.stale', (stream) => {
      if (stream.kind === 'tickByTick' && stream.conId === conId) sink.stale(stream.reason, stream.atMs - stream.silentMs);
    });
    const down = linkDown(connection);
    if (down !== undefined) sink.stale(down);
    const leave = this.#join(`${kind} ${key}`, { contract, kind }, reader);
    return {
      close: async () => {
        offLink();
        offStale();
        await leave();
      },
    };
  }

  #join(key: string, { contract, kind }: { readonly contract: ContractLike; readonly kind: TickByTickKind }, reader: Reader): () => Promise<void> {
    const upstream = this.#upstreams.get(key) ?? { stream: this.#deps.marketData.tickByTick(contract, kind), readers: new Set() };
    const isNew = upstream.readers.size === 0;
    upstream.readers.add(reader);
    if (isNew) {
      this.#upstreams.set(key, upstream);
      void this.#pump(key, upstream);
    }
    return async () => {
      upstream.readers.delete(reader);
      if (upstream.readers.size > 0) return;
      if (this.#upstreams.get(key) === upstream) this.#upstreams.delete(key);
      await upstream.stream.close();
    };
  }

  async #pump(key: string, { stream, readers }: Upstream): Promise<void> {
    let failure: Error | undefined;
    try {
      for await (const tick of stream) for (const reader of [...readers]) reader.tick(tick);
    } catch (error) {
      failure = asError(error);
    }
    this.#upstreams.delete(key);
    for (const reader of [...readers]) reader.end(failure);
  }
}
