import type { SimulatorFault } from '@ibkit/simulator';
import { CUT_POINTS } from '../stage/cutting-proxy.js';
import type { CutPoint } from '../stage/cutting-proxy.js';
import type { Chance } from './chance.js';

/** Something that goes wrong, as plain data: the same seed makes the same ones. Times are real milliseconds. */
export type Trouble =
  /** The next such message is cut at that point. */
  | { readonly name: string; readonly kind: 'cut'; readonly message: 'placeOrder' | 'cancelOrder'; readonly point: CutPoint; readonly how: 'fin' | 'rst'; readonly part: number }
  /** Faults of the simulator, and then perhaps every connection is cut, so that who comes again meets them. */
  | { readonly name: string; readonly kind: 'faults'; readonly faults: readonly SimulatorFault[]; readonly cut?: 'fin' | 'rst' | undefined }
  /** The server stops reading or writing; then the connection dies, or goes on. */
  | { readonly name: string; readonly kind: 'stall'; readonly stop: 'reading' | 'writing' | 'both'; readonly then: 'fin' | 'rst' | 'resume'; readonly holdMs: number }
  /** The server loses its link to the broker. */
  | { readonly name: string; readonly kind: 'link'; readonly code: 1100 | 2110; readonly back: 1101 | 1102; readonly holdMs: number }
  /** The server is killed, and another one goes on with its state. */
  | { readonly name: string; readonly kind: 'reboot'; readonly downMs: number };

type Maker = (chance: Chance) => Trouble;

function fault(name: string, fault: SimulatorFault): Trouble {
  return { name, kind: 'faults', faults: [fault] };
}

function cutAt(point: CutPoint): Maker {
  return (chance) => ({
    name: `cut ${point}`,
    kind: 'cut',
    message: chance.pick('placeOrder', 'placeOrder', 'placeOrder', 'cancelOrder'),
    point,
    how: chance.pick('fin', 'rst'),
    part: 0.02 + chance.next() * 0.96,
  });
}

/** The way in is barred for a while, and everybody is outside. */
function barred(name: string, make: (forMs: number) => SimulatorFault): Maker {
  return (chance) => ({ name, kind: 'faults', faults: [make(chance.whole(20, 120))], cut: chance.pick('fin', 'rst') });
}

/** Everything that can go wrong with orders on their way to the broker and back. */
const MAKERS: readonly Maker[] = [
  // The moments around the bytes of an order are what this is about: each of them twice in a deck.
  ...[...CUT_POINTS, ...CUT_POINTS].map(cutAt),
  (chance) => fault('drop', { type: 'drop', how: chance.pick('rst', 'fin') }),
  (chance) => fault('drop after an order', { type: 'drop', how: chance.pick('rst', 'fin'), after: { message: 'placeOrder', clientId: 1 } }),
  (chance) => fault('drop after a fill', { type: 'drop', how: chance.pick('rst', 'fin'), after: { message: 'execDetails', clientId: 1 } }),
  (chance) => ({ name: 'stall', kind: 'stall', stop: chance.pick('reading', 'writing', 'both'), then: chance.pick('rst', 'fin', 'resume'), holdMs: chance.whole(10, 150) }),
  (chance) => fault('restart', { type: 'restart', for: chance.whole(20, 100) }),
  (chance) => ({ name: 'reboot', kind: 'reboot', downMs: chance.whole(0, 60) }),
  barred('refuse', (forMs) => ({ type: 'refuse', for: forMs })),
  barred('mute-accept', (forMs) => ({ type: 'mute-accept', for: forMs })),
  barred('mute-ready', (forMs) => ({ type: 'mute-ready', for: forMs })),
  barred('id-in-use', (forMs) => ({ type: 'id-in-use', for: forMs })),
  (chance) => ({ name: 'id-rollback', kind: 'faults', faults: [{ type: 'id-rollback', by: chance.whole(1, 6), for: 300 }], cut: chance.pick('fin', 'rst') }),
  () => fault('lose-order', { type: 'lose-order' }),
  () => fault('lose-cancel', { type: 'lose-order', request: 'cancelOrder' }),
  () => fault('lose-ack', { type: 'lose-ack' }),
  (chance) => fault('lose-some', { type: 'lose-ack', callbacks: [chance.pick('openOrder', 'orderStatus', 'execDetails', 'commissionReport')], count: 2 }),
  (chance) => fault('duplicate-callbacks', { type: 'duplicate-callbacks', times: chance.whole(2, 4) }),
  (chance) => fault('reorder-callbacks', { type: 'reorder-callbacks', holdMs: chance.whole(5, 60) }),
  (chance) =>
    fault('reorder, statuses last', { type: 'reorder-callbacks', order: ['commissionReport', 'execDetails', 'errMsg', 'openOrder', 'orderStatus'], holdMs: chance.whole(5, 60) }),
  (chance) => fault('fill-during-outage', { type: 'fill-during-outage', callbacks: chance.pick('late', 'during', 'lost'), restore: chance.pick(1101, 1102), for: chance.whole(10, 80) }),
  (chance) => ({ name: 'link lost', kind: 'link', code: chance.pick(1100, 1100, 2110), back: chance.pick(1101, 1102), holdMs: chance.whole(5, 80) }),
  () => fault('error-storm', { type: 'error-storm', code: 1102, count: 100 }),
  (chance) => fault('late-commission', { type: 'late-commission', delayMs: chance.whole(10, 120) }),
  (chance) => fault('delay', { type: 'delay', ms: chance.pick(5, 40, 300), for: 400 }),
  (chance) => fault('slow', { type: 'slow', bytesPerSecond: chance.pick(3_000, 20_000), for: 200 }),
  (chance) => fault('truncate', { type: 'truncate', message: chance.pick('openOrder', 'orderStatus', 'execDetails', 'commissionReport'), close: chance.pick('fin', 'rst') }),
  () => fault('missing field', { type: 'corrupt', how: 'missing-field', message: 'commissionReport' }),
  (chance) => fault('advisory', { type: 'notice', code: chance.pick(399, 10_349, 2109), request: 'placeOrder', count: 2 }),
  () => fault('read-only', { type: 'read-only', for: 60 }),
  (chance) => fault('second-perm-id', { type: 'second-perm-id', count: chance.whole(1, 2) }),
];

/** How many kinds of trouble there are. */
export const TROUBLE_KINDS = MAKERS.length;

/** Trouble, kind after kind: every kind comes once before one comes again. */
export class TroubleDeck {
  readonly #chance: Chance;
  #deck: Maker[] = [];

  /** @param first where in the deck to begin, so that rounds that take few each see all of it together */
  constructor(chance: Chance, first = 0) {
    this.#chance = chance;
    this.#deck = [...MAKERS.slice(first % MAKERS.length), ...MAKERS.slice(0, first % MAKERS.length)];
  }

  next(): Trouble {
    if (this.#deck.length === 0) this.#deck = [...MAKERS];
    const maker = this.#deck.shift() ?? cutAt('before');
    return maker(this.#chance);
  }
}
