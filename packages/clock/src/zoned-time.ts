/** A wall-clock reading in some time zone. `month` is 1 to 12. */
export interface ZonedReading {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** A calendar day without a time zone, `YYYY-MM-DD`. */
export type LocalDate = string;

const DAY_MS = 86_400_000;
const LOCAL_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

function formatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    throw new RangeError(`timeZone must be an IANA zone such as America/New_York, got "${timeZone}"`, { cause: error });
  }
}

/** Converts between instants and wall-clock readings of one IANA time zone. Make one per zone and keep it: building it is slow. */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError when the zone is unknown to the runtime. */
  constructor(name: string) {
    this.name = name;
    this.#format = formatter(name);
  }

  /** What a clock on the wall of this zone shows at `instantMs`. */
  read(instantMs: number): ZonedReading {
    const fields: Record<string, number> = {};
    for (const part of this.#format.formatToParts(instantMs)) {
      if (part.type !== 'literal') fields[part.type] = Number(part.value);
    }
    return {
      year: fields['year'] ?? 0,
      month: fields['month'] ?? 1,
      day: fields['day'] ?? 1,
      hour: fields['hour'] ?? 0,
      minute: fields['minute'] ?? 0,
      second: fields['second'] ?? 0,
      millisecond: ((instantMs % 1000) + 1000) % 1000,
    };
  }

  /** The calendar day of `instantMs` in this zone. */
  dateOf(instantMs: number): LocalDate {
    const { year, month, day } = this.read(instantMs);
    return formatLocalDate(year, month, day);
  }

  /** Milliseconds to add to UTC to get this zone's wall clock at `instantMs`. */
  offsetMs(instantMs: number): number {
    const r = this.read(instantMs);
    const shown = Date.UTC(r.year, r.month - 1, r.day, r.hour, r.minute, r.second, r.millisecond);
    return shown - instantMs;
  }

  /**
   * The instant at which this zone's wall clock shows `msOfDay` milliseconds since midnight of `date`.
   * A reading that a change to summer time skips gives the instant just as far after the change; one that occurs twice gives the first.
   * @throws RangeError when `date` is not a calendar day in the form YYYY-MM-DD.
   */
  instantOf(date: LocalDate, msOfDay: number): number {
    const { year, month, day } = parseLocalDate(date);
    const shown = Date.UTC(year, month - 1, day) + msOfDay;
    const before = shown - this.offsetMs(shown - DAY_MS);
    const after = shown - this.offsetMs(shown + DAY_MS);
    const earliest = Math.min(before, after);
    if (earliest + this.offsetMs(earliest) === shown) return earliest;
    const latest = Math.max(before, after);
    return latest + this.offsetMs(latest) === shown ? latest : before;
  }
}

/** The `YYYY-MM-DD` form of a calendar day. */
export function formatLocalDate(year: number, month: number, day: number): LocalDate {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/**
 * The parts of a `YYYY-MM-DD` day.
 * @throws RangeError when the text has another form or names no day of the calendar.
 */
export function parseLocalDate(date: LocalDate): { readonly year: number; readonly month: number; readonly day: number } {
  const match = LOCAL_DATE.exec(date);
  const [year, month, day] = (match?.slice(1) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) {
    throw new RangeError(`date must have the form YYYY-MM-DD, got "${date}"`);
  }
  const instant = new Date(Date.UTC(year, month - 1, day));
  if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== day) throw new RangeError(`"${date}" is not a day of the calendar`);
  return { year, month, day };
}
