import { ZonedPrinter } from '../history/zoned-text.js';
import type { SessionMode } from '../market/instrument-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import { calendarOf, sessionCalendar } from '../market/session-hours.js';
import type { SessionKind } from '../market/session-hours.js';
import type { OrderTerms } from './order-terms.js';
import type { Refusal } from './refusal.js';

/** What of an order decides when it may trade. */
export type SessionTerms = Pick<OrderTerms, 'instrument' | 'legs' | 'policy' | 'ticket' | 'auction'>;

/** TWS API: orders without a limit trade in regular hours only. */
function isWithoutLimit({ policy }: SessionTerms): boolean {
  return policy.trigger === undefined && (policy.pricing === 'market' || policy.pricing === 'firstFill' || policy.pricing === 'middle');
}

/** Only stocks have hours before and after the regular ones that an order must ask for. */
function hasExtendedHours({ instrument, legs }: SessionTerms): boolean {
  const kinds = instrument.secType === 'BAG' ? legs.map((leg) => leg.instrument.secType) : [instrument.secType];
  return kinds.every((secType) => secType === 'STK' || secType === 'CFD');
}

function kindOf(terms: SessionTerms): SessionKind {
  if (!hasExtendedHours(terms)) return 'trading';
  return terms.ticket.outsideRth === true && !isWithoutLimit(terms) ? 'trading' : 'liquid';
}

/** Knows when an order may trade: in a market that trades round the clock always. */
export class OrderSessions {
  readonly #mode: SessionMode;

  constructor(mode: SessionMode) {
    this.#mode = mode;
  }

  /** The session for the order that is on at an instant, else the next one; of a combination the hours that all legs have. Undefined when there is no end to trading. */
  session(terms: SessionTerms, atMs: number): TimeSpan | undefined {
    if (this.#mode === 'always') return undefined;
    const kind = kindOf(terms);
    const calendars = new Set(terms.legs.map(({ instrument }) => sessionCalendar(calendarOf(instrument))));
    let fromMs = atMs;
    for (;;) {
      const spans = [...calendars].map((calendar) => calendar.next(fromMs, kind));
      const startMs = Math.max(...spans.map((span) => span.startMs));
      const endMs = Math.min(...spans.map((span) => span.endMs));
      if (startMs < endMs) return { startMs, endMs };
      fromMs = endMs;
    }
  }

  /** Whether the order may trade at an instant. */
  isOpen(terms: SessionTerms, atMs: number): boolean {
    return this.#mode === 'always' || (this.session(terms, atMs)?.startMs ?? 0) <= atMs;
  }

  /** When a day order that is placed at an instant ends; undefined when there is no end to trading. One for an auction lives to the end of that day's trading. */
  endOfDay(terms: SessionTerms, atMs: number): number | undefined {
    const session = this.session(terms, atMs);
    if (session === undefined || terms.auction === undefined) return session?.endMs;
    return sessionCalendar(calendarOf(terms.legs[0]?.instrument ?? { secType: 'STK' })).next(session.startMs, 'trading').endMs;
  }

  /** What the client is told when an order comes at the wrong time, or asks for hours that it cannot have. */
  warnings(terms: OrderTerms, nowMs: number): readonly Refusal[] {
    const { ticket, instrument, action, totalQuantity, auction, goodAfterMs = nowMs } = terms;
    if (this.#mode === 'always') return [];
    const warnings: Refusal[] = [];
    if (ticket.outsideRth === true && isWithoutLimit(terms) && hasExtendedHours(terms)) {
      const message = "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination. PlaceOrder is now being processed.";
      warnings.push({ code: 2109, message });
    }
    const session = this.session(terms, Math.max(nowMs, goodAfterMs));
    if (auction !== undefined || session === undefined || session.startMs <= nowMs) return warnings;
    const place = instrument.primaryExch === 'NASDAQ' ? 'NASDAQ.NMS' : instrument.primaryExch === '' ? instrument.exchange : instrument.primaryExch;
    const opens = new ZonedPrinter(instrument.timeZoneId).full(session.startMs);
    const message = `Order Message:\n${action} ${totalQuantity} ${instrument.localSymbol} ${place}\nWarning: your order will not be placed at the exchange until ${opens}`;
    warnings.push({ code: 399, message });
    return warnings;
  }
}
