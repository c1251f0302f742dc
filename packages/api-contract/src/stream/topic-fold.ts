import type { TopicDelta, TopicKindName, TopicSnapshot } from './topics.js';

interface Fold<K extends TopicKindName> {
  /** The state after a change. */
  readonly apply: (state: TopicSnapshot<K>, delta: TopicDelta<K>) => TopicSnapshot<K>;
  /** One change that does what two do; `undefined` when that would lose something. */
  readonly merge: (earlier: TopicDelta<K>, later: TopicDelta<K>) => TopicDelta<K> | undefined;
}

/** The newest entries of the audit trail that a snapshot holds. */
const MOST_ENTRIES = 50;
/** TWS API, Execution.execId: a correction differs from what it corrects in the digits after the last point. */
const REVISED = /^(.+\..+\..+)\.(\d{1,3})$/u;

const never = (): undefined => undefined;
const later = <T>(_earlier: T, newer: T): T => newer;

function byKey<T>(keyOf: (item: T) => string, items: readonly T[], changed: readonly T[], isGone: (item: T) => boolean = () => false): T[] {
  const all = new Map(items.map((item) => [keyOf(item), item]));
  for (const item of changed) {
    if (isGone(item)) all.delete(keyOf(item));
    else all.set(keyOf(item), item);
  }
  return [...all.values()];
}

type Positions = TopicSnapshot<'positions'>['positions'];
type Values = TopicSnapshot<'account'>['values'];
type Fill = TopicDelta<'executions'>['fill'];

function positionKey({ account, conId, localSymbol, symbol }: Positions[number]): string {
  return `${account}/${conId ?? `${symbol ?? ''} ${localSymbol ?? ''}`}`;
}

function valueKey({ tag, currency }: Values[number]): string {
  return `${tag}/${currency ?? ''}`;
}

function executionKey({ execId }: Fill): string {
  return REVISED.exec(execId)?.[1] ?? execId;
}

function revision({ execId }: Fill): number {
  return Number(REVISED.exec(execId)?.[2] ?? 0);
}

function withFill(fills: readonly Fill[], fill: Fill): Fill[] {
  const known = fills.find((one) => executionKey(one) === executionKey(fill));
  if (known !== undefined && revision(known) > revision(fill)) return [...fills];
  return byKey(executionKey, fills, [fill]);
}

/** A field after a change: the old value where nothing is said, nothing where `null` is. */
function after<T>(before: T | undefined, change: T | null | undefined): T | undefined {
  return change === undefined ? before : (change ?? undefined);
}

function withChange(quote: TopicSnapshot<'quotes'>, change: TopicDelta<'quotes'>): TopicSnapshot<'quotes'> {
  const { symbol, conId } = quote;
  return {
    symbol, conId,
    bid: after(quote.bid, change.bid), bidSize: after(quote.bidSize, change.bidSize), ask: after(quote.ask, change.ask), askSize: after(quote.askSize, change.askSize),
    last: after(quote.last, change.last), lastSize: after(quote.lastSize, change.lastSize), volume: after(quote.volume, change.volume),
    open: after(quote.open, change.open), high: after(quote.high, change.high), low: after(quote.low, change.low), close: after(quote.close, change.close),
    mode: change.mode ?? quote.mode, halted: after(quote.halted, change.halted), session: after(quote.session, change.session), greeks: after(quote.greeks, change.greeks),
    stale: change.stale ?? quote.stale, staleReason: after(quote.staleReason, change.staleReason), receivedAtUs: change.receivedAtUs ?? quote.receivedAtUs,
  }; // prettier-ignore
}

const FOLDS: { readonly [K in TopicKindName]: Fold<K> } = {
  quotes: { apply: withChange, merge: (earlier, newer) => ({ ...earlier, ...newer }) },
  trades: { apply: (_state, last) => ({ last }), merge: never },
  ticks: { apply: (_state, last) => ({ last }), merge: never },
  bars: { apply: (_state, { bar }) => ({ bar }), merge: (earlier, newer) => (earlier.bar.timeUs === newer.bar.timeUs ? newer : undefined) },
  depth: { apply: later, merge: later },
  orders: { apply: ({ orders }, { order }) => ({ orders: byKey(({ id }) => id, orders, [order], ({ ended }) => ended) }), merge: never },
  executions: { apply: ({ fills }, { fill }) => ({ fills: withFill(fills, fill) }), merge: never },
  positions: {
    apply: ({ positions }, change) => ({ positions: byKey(positionKey, positions, change.positions, ({ position }) => position === '0') }),
    merge: (earlier, newer) => ({ positions: byKey(positionKey, earlier.positions, newer.positions) }),
  },
  account: {
    apply: ({ account, ready, values }, change) => ({ account, ready: change.ready ?? ready, values: byKey(valueKey, values, change.values) }),
    merge: (earlier, newer) => {
      const ready = newer.ready ?? earlier.ready;
      return { ...(ready === undefined ? {} : { ready }), values: byKey(valueKey, earlier.values, newer.values) };
    },
  },
  pnl: { apply: later, merge: later },
  health: { apply: later, merge: later },
  gateway: { apply: later, merge: later },
  risk: { apply: later, merge: later },
  audit: { apply: ({ entries }, { entry }) => ({ entries: [...entries.filter(({ seq }) => seq !== entry.seq), entry].slice(-MOST_ENTRIES) }), merge: never },
};

function foldOf<K extends TopicKindName>(kind: K): Fold<K> {
  return FOLDS[kind];
}

/** The state of a topic after a change: what every client computes from the snapshot and the changes that follow. Changes nothing that it is given. */
export function applyTopicDelta<K extends TopicKindName>(kind: K, state: TopicSnapshot<K>, delta: TopicDelta<K>): TopicSnapshot<K> {
  return foldOf(kind).apply(state, delta);
}

/** One change in place of two that follow each other; `undefined` where that would lose something, as with trades, orders, and bars of different times. */
export function mergeTopicDeltas<K extends TopicKindName>(kind: K, earlier: TopicDelta<K>, newer: TopicDelta<K>): TopicDelta<K> | undefined {
  return foldOf(kind).merge(earlier, newer);
}
