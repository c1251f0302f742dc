import type { SessionMode } from './instrument-days.js';
import type { SessionView } from './seeded-stock.js';
import { sessionCalendar } from './session-hours.js';
import type { CalendarName } from './trading-calendar.js';

/**
 * How the seeded prices are seen. A walk trades in the sessions of its own calendar; whatever follows it and trades at other times sees it through another view, whose id
 * is below 0 and known to the market alone. In a market that trades round the clock everybody sees the walk itself.
 */
export class SessionViews {
  readonly #mode: SessionMode;
  readonly #views = new Map<number, Map<CalendarName, number>>();
  #lastId = 0;

  /** @param walks the calendar of each seeded walk, by its conId */
  constructor(mode: SessionMode, walks: Iterable<readonly [conId: number, calendar: CalendarName]>) {
    this.#mode = mode;
    for (const [conId, calendar] of walks) this.#views.set(conId, new Map([[calendar, conId]]));
  }

  /** The id under which a walk is seen in the sessions of a calendar; its own id for anything that is not seeded. */
  view(conId: number, calendar: CalendarName): number {
    const views = this.#views.get(conId);
    if (this.#mode === 'always' || views === undefined) return conId;
    const known = views.get(calendar);
    if (known !== undefined) return known;
    this.#lastId -= 1;
    views.set(calendar, this.#lastId);
    return this.#lastId;
  }

  /** Every view of a walk, itself first. */
  viewsOf(conId: number): readonly (SessionView | undefined)[] {
    const views = this.#views.get(conId);
    if (this.#mode === 'always' || views === undefined) return [undefined];
    return [...views].map(([calendar, id]) => (calendar === 'always' && id === conId ? undefined : { conId: id, hours: sessionCalendar(calendar) }));
  }

  /** The ids of the views of a walk other than itself. */
  othersOf(conId: number): readonly number[] {
    return [...(this.#views.get(conId)?.values() ?? [])].filter((id) => id !== conId);
  }
}
