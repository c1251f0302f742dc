import { TimeZone } from '@ibkit/clock';
import type { Instrument } from './instrument.js';

/** Trading hours as TWS prints them: `20250521:0930-20250521:1600;20250524:CLOSED`. */
export interface HoursText {
  readonly timeZoneId: string;
  readonly tradingHours: string;
  readonly liquidHours: string;
}

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 6;
const zones = new Map<string, TimeZone>();

function zoneOf(name: string): TimeZone {
  const zone = zones.get(name) ?? new TimeZone(name);
  zones.set(name, zone);
  return zone;
}

/** A session of a weekday, `hhmm`; with `eve` it begins on the day before. */
interface Session {
  readonly from: string;
  readonly to: string;
  readonly eve?: boolean | undefined;
}

interface Sessions {
  readonly trading: Session;
  readonly liquid: Session;
}

const REGULAR: Session = { from: '0930', to: '1600' };
const EXTENDED: Session = { from: '0400', to: '2000' };
/** The usual hours of each kind of instrument in the zone of its exchange. Crypto trades every day. */
const SESSIONS: Readonly<Record<Instrument['secType'], Sessions>> = {
  STK: { trading: EXTENDED, liquid: REGULAR },
  CFD: { trading: EXTENDED, liquid: REGULAR },
  OPT: { trading: REGULAR, liquid: REGULAR },
  IND: { trading: REGULAR, liquid: REGULAR },
  BOND: { trading: { from: '0800', to: '1700' }, liquid: { from: '0800', to: '1700' } },
  FUT: { trading: { from: '1700', to: '1600', eve: true }, liquid: { from: '0830', to: '1600' } },
  CASH: { trading: { from: '1715', to: '1700', eve: true }, liquid: { from: '1715', to: '1700', eve: true } },
  CRYPTO: { trading: { from: '0000', to: '2359' }, liquid: { from: '0000', to: '2359' } },
};
/** Futures whose exchange is in New York keep the same hours an hour later by the clock. */
const EASTERN_FUTURE: Sessions = { trading: { from: '1800', to: '1700', eve: true }, liquid: { from: '0930', to: '1700' } };

function sessionsOf({ secType, timeZoneId }: Instrument): Sessions {
  return secType === 'FUT' && timeZoneId === 'US/Eastern' ? EASTERN_FUTURE : SESSIONS[secType];
}

function compact(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}

function isClosed(instrument: Instrument, dayMs: number): boolean {
  const weekday = new Date(dayMs).getUTCDay();
  return instrument.secType !== 'CRYPTO' && (weekday === 0 || weekday === 6);
}

function sessionText(dayMs: number, { from, to, eve }: Session): string {
  return `${compact(eve === true ? dayMs - DAY_MS : dayMs)}:${from}-${compact(dayMs)}:${to}`;
}

/** The day of an instant in the zone of the instrument's exchange, as midnight UTC of that date. */
function dayOf(instrument: Instrument, atMs: number): number {
  const { year, month, day } = zoneOf(instrument.timeZoneId).read(atMs);
  return Date.UTC(year, month - 1, day);
}

/**
 * The hours of an instrument's exchange for six days from the one of `atMs`: the usual sessions, without holidays.
 * They are what clients expect to read; the simulated market itself trades round the clock.
 */
export function tradingHours(instrument: Instrument, atMs: number): HoursText {
  const sessions = sessionsOf(instrument);
  const today = dayOf(instrument, atMs);
  const days = Array.from({ length: DAYS_SHOWN }, (_, offset) => today + offset * DAY_MS);
  const print = (session: Session): string =>
    days.map((dayMs) => (isClosed(instrument, dayMs) ? `${compact(dayMs)}:CLOSED` : sessionText(dayMs, session))).join(';');
  return { timeZoneId: instrument.timeZoneId, tradingHours: print(sessions.trading), liquidHours: print(sessions.liquid) };
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(2));
}

/** Whether an instant lies in the instrument's usual hours (`trading`, or the narrower `liquid` ones), without holidays. */
export function isOpen(instrument: Instrument, atMs: number, which: 'trading' | 'liquid' = 'trading'): boolean {
  const session = sessionsOf(instrument)[which];
  const today = dayOf(instrument, atMs);
  const { hour, minute } = zoneOf(instrument.timeZoneId).read(atMs);
  const now = hour * 60 + minute;
  const inEvening = session.eve === true && now >= minutesOf(session.from) && !isClosed(instrument, today + DAY_MS);
  const inDay = (session.eve === true || now >= minutesOf(session.from)) && now < minutesOf(session.to) && !isClosed(instrument, today);
  return inEvening || inDay || (instrument.secType === 'CRYPTO' && now >= minutesOf(session.to));
}
