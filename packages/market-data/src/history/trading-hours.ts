import { formatLocalDate } from '@ibkit/clock';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { twsTimeZone } from './history-dates.js';

interface Session {
  readonly fromMs: number;
  readonly toMs: number;
}

const POINT = /^(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})$/u;
const DAY_TEXT = /^(\d{4})(\d{2})(\d{2}):/u;

/**
 * The hours that the broker told with a contract: `20260521:0400-20260521:2000;20260522:CLOSED`, or the old `20090507:0700-1830,1830-2330`.
 * TWS API: tradingHours and liquidHours, in the contract's zone, for the days from the look-up on.
 */
export class TradingHours {
  readonly #sessions: readonly Session[];
  readonly #known: Session | undefined;

  /** @param regular the regular sessions (liquid hours) only */
  constructor(contract: Pick<ResolvedContract, 'liquidHours' | 'tradingHours' | 'timeZoneId'>, regular: boolean) {
    const zone = twsTimeZone(contract.timeZoneId ?? '');
    const days = zone === undefined ? [] : ((regular ? contract.liquidHours : contract.tradingHours) ?? '').split(';').filter((day) => day !== '');
    const sessions: Session[] = [];
    let knownFromMs = Number.POSITIVE_INFINITY;
    let knownToMs = Number.NEGATIVE_INFINITY;
    for (const day of days) {
      const start = DAY_TEXT.exec(day);
      if (start === null || zone === undefined) continue;
      const date = formatLocalDate(Number(start[1]), Number(start[2]), Number(start[3]));
      knownFromMs = Math.min(knownFromMs, zone.instantOf(date, 0));
      knownToMs = Math.max(knownToMs, zone.instantOf(date, 86_400_000));
      for (const text of day.split(',')) {
        const [from = '', to = ''] = text.split('-');
        const dayPrefix = day.slice(0, 9);
        const [fromMs, toMs] = [from, to].map((point) => instantOf(point.length === 4 ? `${dayPrefix}${point}` : point, zone));
        if (fromMs !== undefined && toMs !== undefined && toMs > fromMs) sessions.push({ fromMs, toMs });
      }
    }
    this.#sessions = sessions;
    this.#known = knownToMs > knownFromMs ? { fromMs: Math.min(knownFromMs, ...sessions.map(({ fromMs }) => fromMs)), toMs: knownToMs } : undefined;
  }

  /** Whether the contract trades at some time in [`fromMs`, `toMs`), as far as its hours say. */
  during(fromMs: number, toMs: number): 'open' | 'closed' | 'unknown' {
    if (this.#sessions.some((session) => session.fromMs < toMs && session.toMs > fromMs)) return 'open';
    const known = this.#known;
    return known !== undefined && known.fromMs <= fromMs && toMs <= known.toMs ? 'closed' : 'unknown';
  }
}

function instantOf(point: string, zone: { instantOf(date: string, msOfDay: number): number }): number | undefined {
  const match = POINT.exec(point);
  if (match === null) return undefined;
  const [year, month, day, hours, minutes] = match.slice(1).map(Number);
  if (year === undefined || month === undefined || day === undefined || hours === undefined || minutes === undefined) return undefined;
  return zone.instantOf(formatLocalDate(year, month, day), (hours * 60 + minutes) * 60_000);
}
