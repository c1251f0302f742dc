import type { SessionMode } from './instrument-days.js';
import type { Shows } from './price-walk.js';
import type { SessionView } from './seeded-stock.js';
import { sessionCalendar } from './session-hours.js';
import type { CalendarName } from './trading-calendar.js';

/** A seeded walk, and when it trades. */
export interface ViewedWalk {
  readonly conId: number;
  readonly calendar: CalendarName;
  readonly shows: Shows;
}

interface View {
  readonly id: number;
  readonly calendar: CalendarName;
  readonly withQuotes: boolean;
}

/**
 * How the seeded prices are seen. A walk trades in the sessions of its own calendar and may hide its quotes, as an index does; whatever follows it and trades at other times,
 * or has quotes, sees it through another view, whose id is below 0 and known to the market alone. In a market that trades round the clock hours make no difference.
 */
export class SessionViews {
  readonly #mode: SessionMode;
  readonly #walks: ReadonlyMap<number, ViewedWalk>;
  readonly #views = new Map<number, View[]>();
  #lastId = 0;

  constructor(mode: SessionMode, walks: readonly ViewedWalk[]) {
    this.#mode = mode;
    this.#walks = new Map(walks.map((walk) => [walk.conId, walk]));
    for (const { conId, calendar } of walks) this.#views.set(conId, [{ id: conId, calendar, withQuotes: false }]);
  }

  /** The id under which a walk is seen in the sessions of a calendar, by one that has quotes or has not; its own id for anything that is not seeded. */
  view(conId: number, wanted: CalendarName, needsQuotes = false): number {
    const walk = this.#walks.get(conId);
    const views = this.#views.get(conId);
    if (walk === undefined || views === undefined) return conId;
    const calendar = this.#mode === 'always' ? walk.calendar : wanted;
    const withQuotes = needsQuotes && walk.shows === 'trades';
    const known = views.find((view) => view.calendar === calendar && view.withQuotes === withQuotes);
    if (known !== undefined) return known.id;
    this.#lastId -= 1;
    views.push({ id: this.#lastId, calendar, withQuotes });
    return this.#lastId;
  }

  /** Every view of a walk, itself first. */
  viewsOf(conId: number): readonly SessionView[] {
    return (this.#views.get(conId) ?? []).map(({ id, calendar, withQuotes }) => ({
      conId: id,
      hours: this.#mode === 'always' || calendar === 'always' ? undefined : sessionCalendar(calendar),
      withQuotes,
    }));
  }

  /** The ids of the views of a walk other than itself. */
  othersOf(conId: number): readonly number[] {
    return (this.#views.get(conId) ?? []).flatMap(({ id }) => (id === conId ? [] : [id]));
  }
}
