import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { parseHoursText } from './hours-text.js';
import type { HoursText, Span } from './hours-text.js';
import { twsTimeZone } from './tws-time-zone.js';

/** What of a contract tells when it trades. */
export type ContractHours = Pick<ResolvedContract, 'liquidHours' | 'tradingHours' | 'timeZoneId'>;

/** Where an instant lies: `extended` is in the trading hours and not in the regular ones; `unknown` where the broker's text tells nothing. */
export type SessionKind = 'regular' | 'extended' | 'closed' | 'unknown';

/** As {@link SessionKind}, with the extended hours before (`pre`) and after (`post`) a regular session told apart. */
export type MarketSession = 'pre' | 'regular' | 'post' | 'closed' | 'unknown';

/** Which hours are meant. */
export interface HoursOptions {
  /** The regular hours only. @defaultValue false: extended ones, too */
  readonly regular?: boolean | undefined;
}

interface Segment extends Span {
  readonly session: MarketSession;
}

const NO_HOURS: HoursText = Object.freeze({ sessions: Object.freeze([]), known: undefined });
const KIND = { pre: 'extended', post: 'extended', regular: 'regular', closed: 'closed', unknown: 'unknown' } as const;

/**
 * When a contract trades, as the broker told with it: about the week from the look-up on (a month, if TWS is set so), and from later look-ups on while
 * a stream of the contract is open. All instants are epoch milliseconds UTC, of the market's own time. Get one from {@link tradingHoursOf}.
 */
export class TradingHours {
  #texts: ContractHours = {};
  #trading: HoursText = NO_HOURS;
  #regular: HoursText = NO_HOURS;
  /** Without holes and overlaps, in order; neighbours differ. */
  #segments: readonly Segment[] = [];
  #latest: Segment | undefined;

  constructor(contract: ContractHours) {
    this.#read(contract);
  }

  /** Until when the hours are known; `undefined` when nothing is. */
  get knownUntilMs(): number | undefined {
    return this.#trading.known?.toMs ?? this.#regular.known?.toMs;
  }

  /** Takes in what the broker said in a later look-up of the same contract: it counts from its first day on. */
  learn(later: ContractHours): void {
    const { timeZoneId = this.#texts.timeZoneId } = later;
    const tradingHours = joined(this.#texts.tradingHours, later.tradingHours);
    this.#read({ timeZoneId, tradingHours, liquidHours: joined(this.#texts.liquidHours, later.liquidHours) });
  }

  /** Where an instant lies. */
  sessionAt(atMs: number): SessionKind {
    return KIND[this.phaseAt(atMs)];
  }

  /** Where an instant lies, with the extended hours before and after the regular session told apart. */
  phaseAt(atMs: number): MarketSession {
    return this.#segmentAt(atMs)?.session ?? 'unknown';
  }

  /** The first instant after `atMs` at which {@link TradingHours.sessionAt} gives another answer, `unknown` included; `undefined` for never. */
  nextChange(atMs: number): number | undefined {
    const now = this.sessionAt(atMs);
    for (const segment of this.#segments) {
      if (segment.fromMs > atMs && KIND[segment.session] !== now) return segment.fromMs;
    }
    const end = this.#segments.at(-1)?.toMs;
    return end !== undefined && end > atMs && now !== 'unknown' ? end : undefined;
  }

  /** The first beginning of a session after `atMs`; `undefined` when none is known. */
  nextOpen(atMs: number, options: HoursOptions = {}): number | undefined {
    return this.#hours(options).sessions.find(({ fromMs }) => fromMs > atMs)?.fromMs;
  }

  /** Whether the contract trades at some time in [`fromMs`, `toMs`), as far as its hours say. */
  during(fromMs: number, toMs: number, options: HoursOptions = {}): 'open' | 'closed' | 'unknown' {
    const { sessions, known } = this.#hours(options);
    if (sessions.some((session) => session.fromMs < toMs && session.toMs > fromMs)) return 'open';
    return known !== undefined && known.fromMs <= fromMs && toMs <= known.toMs ? 'closed' : 'unknown';
  }

  /** The session that an instant lies in, as the broker told it: sessions that only touch are two. */
  spanAt(atMs: number, options: HoursOptions = {}): Span | 'closed' | 'unknown' {
    const { sessions, known } = this.#hours(options);
    const span = sessions.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    if (span !== undefined) return span;
    return known !== undefined && known.fromMs <= atMs && atMs < known.toMs ? 'closed' : 'unknown';
  }

  #read(texts: ContractHours): void {
    const { timeZoneId = '', tradingHours = '', liquidHours = '' } = texts;
    const zone = twsTimeZone(timeZoneId);
    this.#texts = texts;
    this.#trading = zone === undefined ? NO_HOURS : parseHoursText(tradingHours, zone);
    const liquid = zone === undefined ? NO_HOURS : parseHoursText(liquidHours, zone);
    // TWS API: currencies and some funds have one kind of hours only.
    this.#regular = liquidHours === '' ? this.#trading : liquid;
    this.#segments = segmentsOf(this.#trading, this.#regular);
    this.#latest = undefined;
  }

  #hours({ regular = false }: HoursOptions): HoursText {
    return regular ? this.#regular : this.#trading;
  }

  #segmentAt(atMs: number): Segment | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.fromMs <= atMs && atMs < latest.toMs) return latest;
    this.#latest = this.#segments.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    return this.#latest;
  }
}

const parsed = new WeakMap<ContractHours, TradingHours>();

/** How many days of the past stay: bars and gaps of the last two weeks are judged by them. */
const DAYS_KEPT = 14;
/** Where sessions begin in the evening, the day after one that begins on Thursday is Saturday. */
const MOST_APART = 2;
/** `20260521:`: the day that an entry begins with. */
const DAY_WIDTH = 8;

/** The days of an earlier text before those of a later one. */
function joined(earlier = '', later = ''): string {
  const first = later.slice(0, DAY_WIDTH);
  if (!/^\d{8}$/u.test(first)) return earlier;
  const before = earlier.split(';').filter((day) => day !== '' && day.slice(0, DAY_WIDTH) < first);
  // Days between of which nobody told would pass for holidays.
  return daysBetween(before.at(-1) ?? first, first) > MOST_APART ? later : [...before.slice(-DAYS_KEPT), later].join(';');
}

function daysBetween(...entries: readonly [string, string]): number {
  const [from = 0, to = 0] = entries.map((entry) => Date.UTC(Number(entry.slice(0, 4)), Number(entry.slice(4, 6)) - 1, Number(entry.slice(6, 8))));
  return (to - from) / 86_400_000;
}

/** The hours of a contract, read once for each object. */
export function tradingHoursOf(contract: ContractHours): TradingHours {
  const known = parsed.get(contract);
  if (known !== undefined) return known;
  const hours = new TradingHours(contract);
  parsed.set(contract, hours);
  return hours;
}

/**
 * Where an instant lies in the hours of a contract.
 * @param atMs epoch milliseconds UTC, by the server's clock
 * @returns `unknown` where the broker's text says nothing: before and after its days, without hours, in a zone that nobody knows
 */
export function sessionOf(contract: ContractHours, atMs: number): SessionKind {
  return tradingHoursOf(contract).sessionAt(atMs);
}

/**
 * When {@link sessionOf} next gives another answer than at `atMs`: epoch milliseconds UTC, the change to `unknown` at the end of the known days
 * included; `undefined` when nothing is known any more.
 */
export function nextSessionChange(contract: ContractHours, atMs: number): number | undefined {
  return tradingHoursOf(contract).nextChange(atMs);
}

function segmentsOf(trading: HoursText, regular: HoursText): readonly Segment[] {
  const known = [trading.known, regular.known].filter((span) => span !== undefined);
  const edges = new Set([...known, ...trading.sessions, ...regular.sessions].flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
  const sorted = [...edges].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, fromMs] of sorted.entries()) {
    const toMs = sorted[index + 1];
    if (toMs === undefined) break;
    const session = sessionIn({ fromMs, toMs }, trading, regular);
    const before = segments.at(-1);
    if (before?.session === session) segments[segments.length - 1] = { fromMs: before.fromMs, toMs, session };
    else segments.push({ fromMs, toMs, session });
  }
  return segments;
}

/** The session of a stretch in which nothing begins or ends. */
function sessionIn(stretch: Span, trading: HoursText, regular: HoursText): MarketSession {
  if (regular.sessions.some((session) => holds(session, stretch))) return 'regular';
  const span = trading.sessions.find((session) => holds(session, stretch));
  if (span === undefined) return trading.known !== undefined && holds(trading.known, stretch) ? 'closed' : 'unknown';
  // The evening before the first day of the regular hours belongs to that day; what is after their last day nobody knows.
  if (regular.known === undefined || stretch.fromMs >= regular.known.toMs) return 'unknown';
  return regular.sessions.some(({ fromMs, toMs }) => fromMs < span.toMs && toMs > span.fromMs && toMs <= stretch.fromMs) ? 'post' : 'pre';
}

function holds(outer: Span, inner: Span): boolean {
  return outer.fromMs <= inner.fromMs && inner.toMs <= outer.toMs;
}
