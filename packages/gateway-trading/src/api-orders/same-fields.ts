import { instantOf } from '../orders/terms/order-time.js';

type Fields = Readonly<Record<string, unknown>>;

/** What the platform shows for "none" where the wire has a word for it. */
const NONE: Readonly<Record<string, readonly unknown[]>> = {
  exemptCode: [-1],
  clearingIntent: ['IB'],
  deltaNeutralOrderType: ['None'],
  adjustedOrderType: ['None'],
};
/** Fields that say nothing without another one. */
const ONLY_WITH: Readonly<Record<string, string>> = { ocaType: 'ocaGroup', dontUseAutoPriceForHedge: 'hedgeType' };
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
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((name) => {
    const needed = ONLY_WITH[name];
    if (needed !== undefined && said(needed, left[needed]) === undefined && said(needed, right[needed]) === undefined) return false;
    return !isSame(name, left[name], right[name]);
  });
}
