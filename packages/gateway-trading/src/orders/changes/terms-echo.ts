import type { WireOrder } from '@ibkit/wire';
import type { StagedRequest } from '../order-request.js';
import { instantOf } from '../terms/order-time.js';
import { wireTerms } from '../wire-order.js';

const TIMES: ReadonlySet<string> = new Set(['goodTillDate', 'goodAfterTime']);
/** The stop of a trailing order moves with the market: what comes back is not what was sent. */
const MOVING = 'trailStopPrice';

/** What counts as the same: an unset amount comes back as 0, a time in another zone. */
function said(name: string, value: unknown): unknown {
  if (value === undefined || value === '' || value === 0 || value === false) return undefined;
  if (typeof value === 'string' && TIMES.has(name)) return instantOf(value) ?? value;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function fieldsOf(terms: StagedRequest): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(wireTerms(terms)).map(([name, value]) => [name, said(name, value)]));
}

/**
 * Whether an order that the broker shows has its new terms: every field that the change touches has its new value. `false` says nothing,
 * because what comes may have left before the change arrived.
 */
export function showsNewTerms(shown: WireOrder, { before, after }: { readonly before: StagedRequest; readonly after: StagedRequest }): boolean {
  const old = fieldsOf(before);
  const changed = [...fieldsOf(after)].filter(([name, value]) => value !== old.get(name));
  const lasting = changed.filter(([name]) => name !== MOVING);
  const seen = new Map<string, unknown>(Object.entries(shown));
  return changed.length > 0 && (lasting.length > 0 ? lasting : changed).every(([name, value]) => said(name, seen.get(name)) === value);
}

/** Whether two requests are the same order for the broker. */
export function isSameOrder(a: StagedRequest, b: StagedRequest): boolean {
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  return [...new Set([...left.keys(), ...right.keys()])].every((name) => left.get(name) === right.get(name));
}
