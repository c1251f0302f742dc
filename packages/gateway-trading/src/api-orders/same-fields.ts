import type { WireOrder } from '@ibkit/wire';
import { instantOf } from '../orders/terms/order-time.js';

type Fields = Readonly<Record<string, unknown>>;

/** How the TWS API spells "none" where that is no 0. */
const NONE: Readonly<Record<string, readonly unknown[]>> = { exemptCode: [-1] };
/** What the platform shows of an order for which nobody said it. */
const SHOWN: Readonly<Record<string, readonly unknown[]>> = { clearingIntent: ['IB'], deltaNeutralOrderType: ['None'], adjustedOrderType: ['None'] };
/** What it shows without meaning anything by it, unless there is another field. */
const SHOWN_WITH: Readonly<Record<string, string>> = { ocaType: 'ocaGroup', dontUseAutoPriceForHedge: 'hedgeType' };
const TIMES: ReadonlySet<string> = new Set(['goodTillDate', 'goodAfterTime', 'manualOrderTime', 'time']);

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** What a field says; nothing for every way to say nothing. */
function said(name: string, value: unknown): unknown {
  if (value === undefined || value === '' || value === 0 || value === false || NONE[name]?.includes(value) === true) return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  return typeof value === 'string' && TIMES.has(name) ? (instantOf(value) ?? value) : value;
}

function isSame(name: string, a: unknown, b: unknown): boolean {
  const [left, right] = [said(name, a), said(name, b)];
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((item, index) => isSame(name, item, right[index]));
  if (isObject(left) && isObject(right)) return differences(left, right).length === 0;
  return left === right;
}

/** The names of the fields in which two orders, contracts or parts of them say something else; how "nothing" is spelled does not count. */
export function differences(a: object, b: object): readonly string[] {
  const left: Fields = { ...a };
  const right: Fields = { ...b };
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((name) => !isSame(name, left[name], right[name]));
}

/** An order without what the platform adds when it shows it: whoever changes an order may give back what `openOrder` gave him. */
export function withoutShown(order: WireOrder): WireOrder {
  const copy = { ...order };
  const fields: Fields = { ...order };
  for (const [name, value] of Object.entries(fields)) {
    const needed = SHOWN_WITH[name];
    if (SHOWN[name]?.includes(value) === true || (needed !== undefined && said(needed, fields[needed]) === undefined)) Reflect.deleteProperty(copy, name);
  }
  return copy;
}
