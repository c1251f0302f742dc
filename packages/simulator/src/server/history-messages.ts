import type { ServerMessageOf, WireBar } from '@ibkit/wire';
import type { HistoryBar } from '../history/bars.js';
import type { HistoryQuery } from '../history/history-query.js';
import { SERVER_ZONE, ZonedPrinter, utcText } from '../history/zoned-text.js';
import type { QuoteEvent, TradeEvent } from '../market/market.js';
import { decimal } from './amounts.js';

/** TWS API: a kind of data without volume says so with -1. */
const NONE = -1;
const SECOND_MS = 1_000;

/** TWS API: bits of the mask of a trade. */
const PAST_LIMIT = 1;
const UNREPORTED = 2;

/** Averages are exact to a tenth of a cent. */
function average(price: number): number {
  return Number(price.toFixed(3));
}

/** TWS API: from this server version on, dates of bars are in the instrument's zone and name it; before, in that of the server. */
const ZONES_SINCE = 174;

/** Turns bars into what the wire carries. */
export class BarPrinter {
  readonly #printer: ZonedPrinter;
  readonly #query: HistoryQuery;
  readonly #zoned: boolean;

  constructor(zoneName: string, query: HistoryQuery, serverVersion: number) {
    this.#zoned = serverVersion >= ZONES_SINCE;
    this.#printer = new ZonedPrinter(this.#zoned ? zoneName : SERVER_ZONE);
    this.#query = query;
  }

  /** An instant as the ends of a range are printed. */
  edge(atMs: number): string {
    return this.#zoned ? this.#printer.full(atMs) : this.#printer.local(atMs, '  ');
  }

  bar(bar: HistoryBar): WireBar {
    const hasVolume = this.#query.shown === 'TRADES';
    return {
      date: this.#date(bar),
      open: decimal(bar.open),
      high: decimal(bar.high),
      low: decimal(bar.low),
      close: decimal(bar.close),
      volume: hasVolume ? decimal(bar.volume) : NONE,
      wap: hasVolume ? average(bar.wap) : NONE,
      count: hasVolume ? bar.count : NONE,
    };
  }

  #date({ startMs, day }: HistoryBar): string {
    if (day !== undefined) return day;
    if (this.#query.formatDate === 2) return String(startMs / SECOND_MS);
    const text = this.edge(startMs);
    return this.#query.formatDate === 3 ? text.slice(4) : text;
  }
}

/** TWS API: the beginning of data, in UTC or as epoch seconds. */
export function headText(atMs: number, formatDate: number): string {
  return formatDate === 2 ? String(atMs / SECOND_MS) : utcText(atMs);
}

function isTrade(event: QuoteEvent | TradeEvent): event is TradeEvent {
  return event.kind === 'trade';
}

function isQuote(event: QuoteEvent | TradeEvent): event is QuoteEvent {
  return event.kind === 'quote';
}

function toSeconds(atMs: number): number {
  return Math.floor(atMs / SECOND_MS);
}

/** Which past ticks a client has asked for. */
export type TickKind = 'TRADES' | 'BID_ASK' | 'MIDPOINT';

/** The answer to a request for past ticks. */
export function ticksMessage(
  reqId: number,
  kind: TickKind,
  events: readonly (QuoteEvent | TradeEvent)[],
): ServerMessageOf<'historicalTicks'> | ServerMessageOf<'historicalTicksBidAsk'> | ServerMessageOf<'historicalTicksLast'> {
  if (kind === 'TRADES') {
    const ticks = events.filter(isTrade).map(({ atMs, price, size, exchange, conditions, pastLimit, unreported }) => ({
      time: toSeconds(atMs),
      mask: (pastLimit ? PAST_LIMIT : 0) + (unreported ? UNREPORTED : 0),
      price,
      size,
      exchange,
      specialConditions: conditions,
    }));
    return { type: 'historicalTicksLast', reqId, ticks, done: true };
  }
  const quotes = events.filter(isQuote);
  if (kind === 'BID_ASK') {
    const ticks = quotes.map(({ atMs, bid = NONE, ask = NONE, bidSize = 0, askSize = 0 }) => ({
      time: toSeconds(atMs),
      mask: 0,
      bidPrice: bid,
      askPrice: ask,
      bidSize,
      askSize,
    }));
    return { type: 'historicalTicksBidAsk', reqId, ticks, done: true };
  }
  const ticks = quotes.map(({ atMs, bid = 0, ask = 0 }) => ({ time: toSeconds(atMs), price: decimal((bid + ask) / 2), size: 0 }));
  return { type: 'historicalTicks', reqId, ticks, done: true };
}

/** Whether an event is a tick of a kind: quotes that change nothing of what is shown are none. A fresh judge for each run through the events. */
export function tickJudge(kind: TickKind, ignoreSize: boolean): (event: QuoteEvent | TradeEvent) => boolean {
  let before = '';
  return (event) => {
    if (event.kind === 'trade') return kind === 'TRADES';
    if (kind === 'TRADES') return false;
    const { bid, ask, bidSize, askSize } = event;
    if (kind === 'MIDPOINT' && (bid === undefined || ask === undefined)) return false;
    const prices = kind === 'MIDPOINT' ? String((bid ?? 0) + (ask ?? 0)) : `${bid ?? ''}/${ask ?? ''}`;
    const key = kind === 'MIDPOINT' || ignoreSize ? prices : `${prices}/${bidSize ?? ''}/${askSize ?? ''}`;
    if (key === before) return false;
    before = key;
    return true;
  };
}
