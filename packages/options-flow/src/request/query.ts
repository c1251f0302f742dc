import { TimeZone, parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** A day: `YYYY-MM-DD`, or an instant that is read in the client's time zone. */
export type FlowDate = string | Date;
/** A time of day: `HH:MM`, or an instant that is read in the client's time zone. */
export type FlowTime = string | Date;

/** One parameter of a request as the caller gave it. */
export type QueryValue = string | number | boolean | Date | undefined;

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/u;
const TICKER = /^[A-Za-z0-9][A-Za-z0-9.\-^/ ]{0,19}$/u;

/** Checks the parameters of requests and writes them as the service reads them. */
export class QueryWriter {
  readonly #zone: TimeZone;

  /** @throws RangeError when the zone is unknown to the runtime */
  constructor(timeZone: string) {
    this.#zone = new TimeZone(timeZone);
  }

  /** A symbol, in capitals. */
  ticker(value: unknown): string {
    if (typeof value !== 'string' || !TICKER.test(value.trim())) throw new UsageError({ field: 'ticker', value, rule: 'must be a symbol of 1 to 20 characters such as AAPL' });
    return value.trim().toUpperCase();
  }

  /** `YYYY-MM-DD`. */
  date(field: string, value: FlowDate | undefined): string | undefined {
    if (value === undefined) return undefined;
    if (value instanceof Date) return this.#zone.dateOf(this.#instant(field, value));
    try {
      parseLocalDate(value);
      return value;
    } catch (error) {
      throw new UsageError({ field, value, rule: 'must be a day of the calendar, YYYY-MM-DD, or a Date', cause: error });
    }
  }

  /** `HH:MM`. */
  time(field: string, value: FlowTime | undefined): string | undefined {
    if (value === undefined) return undefined;
    if (value instanceof Date) {
      const { hour, minute } = this.#zone.read(this.#instant(field, value));
      return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    }
    if (typeof value !== 'string' || !TIME.test(value)) throw new UsageError({ field, value, rule: 'must be a time of day, HH:MM, or a Date' });
    return value;
  }

  /** A whole number of at least 1. */
  count(field: string, value: number | undefined): number | undefined {
    if (value === undefined) return undefined;
    if (!Number.isSafeInteger(value) || value < 1) throw new UsageError({ field, value, rule: 'must be a whole number of at least 1' });
    return value;
  }

  /** A finite number. */
  number(field: string, value: number | undefined): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new UsageError({ field, value, rule: 'must be a finite number' });
    return value;
  }

  /** True or false. */
  flag(field: string, value: boolean | undefined): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    throw new UsageError({ field, value, rule: 'must be true or false' });
  }

  /** A range whose ends are in order; texts of equal length compare as what they say. */
  checkOrder(from: readonly [field: string, value: string | number | undefined], to: readonly [field: string, value: string | number | undefined]): void {
    const [field, first] = from;
    const [other, last] = to;
    if (first !== undefined && last !== undefined && first > last) throw new UsageError({ field, value: first, rule: `must not be after ${other}, which is ${last}` });
  }

  #instant(field: string, value: Date): number {
    const instant = value.getTime();
    if (Number.isNaN(instant)) throw new UsageError({ field, value: 'Invalid Date', rule: 'must be a valid Date' });
    return instant;
  }
}
