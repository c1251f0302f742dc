import type { ApiFills, OperationInput } from '@ibkit/api-contract';
import type { FillReport } from '@ibkit/gateway-trading';
import { instantOf } from '../moment.js';
import { fillView } from '../views/fill.js';
import { known } from '../views/known.js';
import { badCursor, cursorOf, placeOf } from './cursor.js';
import type { OrderDeps } from './order-deps.js';
import type { IsVisible } from '../limited/visible.js';
import { PAGE_ROWS } from './order-pages.js';

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/u;

/** The end of a range: a day is meant with all of it. @throws {@link UsageError} */
export function endOf(field: string, text: string): number {
  return instantOf(field, text) + (DAY.test(text.trim()) ? DAY_MS : 0);
}

function timeOf({ executedAtMs, atMs }: FillReport): number {
  return executedAtMs ?? atMs;
}

function compare(a: readonly [atMs: number, execId: string], b: readonly [atMs: number, execId: string]): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);
}

/**
 * Our fills of every day that the journal knows, oldest first. Days are those of UTC; `to` is not included, a day is with all of it. @param isVisible whose fills there are at all
 * @throws {@link UsageError} for a time or a cursor that is none.
 */
export function fillPage({ from, to, account, key, limit = PAGE_ROWS, cursor }: OperationInput<'fills'>, { trading }: Pick<OrderDeps, 'trading'>, isVisible: IsVisible = () => true): ApiFills {
  const query = { from: from === undefined ? undefined : instantOf('from', from), to: to === undefined ? undefined : endOf('to', to), account, key };
  const behind = cursor === undefined ? undefined : readPlace(cursor);
  const rows = trading
    .fills(query)
    .filter((fill) => isVisible(fill.account))
    .map((fill) => ({ fill, place: [timeOf(fill), fill.execId] as const }))
    .sort((a, b) => compare(a.place, b.place))
    .filter(({ place }) => behind === undefined || compare(place, behind) > 0);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return known<ApiFills>({ fills: page.map(({ fill }) => fillView(fill)), next: rows.length > page.length && last !== undefined ? cursorOf('fills', last.place) : undefined });
}

function readPlace(cursor: string): readonly [number, string] {
  const [atMs, execId] = placeOf('fills', cursor);
  if (typeof atMs !== 'number' || typeof execId !== 'string') throw badCursor();
  return [atMs, execId];
}
