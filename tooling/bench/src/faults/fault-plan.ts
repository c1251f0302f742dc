import type { Random } from '@ibkit/clock';
import type { SimulatorFault } from '@ibkit/simulator';

/** What goes wrong in one round. */
export interface PlannedFault {
  /** Says which it was, and finds it again. */
  readonly name: string;
  readonly faults: readonly SimulatorFault[];
  /** Clients are cut as well, behind the faults: those of the way in are met by who comes again. */
  readonly cut?: 'fin' | 'rst' | undefined;
  /** How long it lasts, real milliseconds. */
  readonly holdMs: number;
}

type Maker = (context: { readonly pick: <T>(...values: readonly [T, ...T[]]) => T; readonly port: number }) => Omit<PlannedFault, 'holdMs'>;

const ACCOUNT = 'DU1234567';

function one(name: string, fault: SimulatorFault): Omit<PlannedFault, 'holdMs'> {
  return { name, faults: [fault] };
}

/** Every type of the simulator's catalogue that a connection meets; faults of orders are another run's. */
const MAKERS: readonly Maker[] = [
  ({ pick }) => one('half-open', { type: 'half-open', stop: pick('reading', 'writing', 'both') }),
  ({ pick }) => one('drop', { type: 'drop', how: pick('rst', 'fin') }),
  ({ pick }) => ({ name: 'refuse', faults: [{ type: 'refuse' }], cut: pick('fin', 'rst') }),
  ({ pick }) => ({ name: 'black-hole', faults: [{ type: 'black-hole' }], cut: pick('fin', 'rst') }),
  ({ pick }) => ({ name: 'mute-accept', faults: [{ type: 'mute-accept' }], cut: pick('fin', 'rst') }),
  ({ pick }) => ({ name: 'mute-ready', faults: [{ type: 'mute-ready' }], cut: pick('fin', 'rst') }),
  ({ pick }) => ({ name: 'id-in-use', faults: [{ type: 'id-in-use' }], cut: pick('fin', 'rst') }),
  ({ pick }) => one('slow', { type: 'slow', bytesPerSecond: pick(100, 1_000, 10_000) }),
  ({ pick }) => one('delay', { type: 'delay', ms: pick(5, 50, 150) }),
  ({ pick }) => one('corrupt', { type: 'corrupt', how: pick('bytes', 'extra-field', 'missing-field'), count: pick(1, 10, 100) }),
  ({ pick }) => one('truncate', { type: 'truncate', close: pick('fin', 'rst', 'none') }),
  () => one('oversize', { type: 'oversize' }),
  ({ pick }) => one('negative-length', { type: 'negative-length', length: pick(-1, -4, -2_147_483_648) }),
  ({ pick }) => one('unknown-id', { type: 'unknown-id', messageId: pick(0, 199, 9_999) }),
  ({ pick }) => one('notice', { type: 'notice', code: pick(100, 162, 200, 2104, 2108, 2110, 2137, 10_167) }),
  ({ port }) => one('port-changed', { type: 'notice', code: 1300, text: `TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - ${port}` }),
  ({ pick }) => one('error-storm', { type: 'error-storm', code: pick(1100, 2110) }),
  ({ pick }) => one('link-lost', { type: 'fill-during-outage', restore: pick(1101, 1102), for: 100 }),
  ({ pick }) => one('farm-down', { type: 'farm-down', farm: pick('usfarm', 'ushmds', 'secdefil') }),
  () => one('data-dead', { type: 'data-dead' }),
  () => one('competing-session', { type: 'competing-session' }),
  () => one('restart', { type: 'restart', for: 150 }),
  () => one('weekly-login', { type: 'weekly-login' }),
  ({ pick }) => ({ name: 'clock-skew', faults: [{ type: 'clock-skew', byMs: pick(-3_600_000, 86_400_000) }], cut: pick(undefined, 'rst') }),
  ({ pick }) => ({ name: 'old-version', faults: [{ type: 'old-version', refuse: pick(true, false) }], cut: pick('fin', 'rst') }),
  ({ pick }) => ({ name: 'new-version', faults: [{ type: 'new-version', refuse: pick(true, false) }], cut: pick('fin', 'rst') }),
  ({ pick }) => one('time-shape', { type: 'time-shape', shape: pick('zone', 'bare', 'dashed') }),
  () => one('accounts-shown', { type: 'accounts-shown', accounts: [ACCOUNT, 'DU7654321'] }),
];

/** How many kinds of fault there are. */
export const FAULT_KINDS = MAKERS.length;

/** The faults of a run, round by round: the same seed gives the same ones. Every kind comes once before one comes again. */
export class FaultPlan {
  readonly #random: Random;
  readonly #port: number;
  #deck: Maker[] = [];

  constructor(random: Random, port: number) {
    this.#random = random;
    this.#port = port;
  }

  next(): PlannedFault {
    if (this.#deck.length === 0) this.#deck = [...MAKERS];
    const [maker] = this.#deck.splice(this.#below(this.#deck.length), 1);
    const planned = maker?.({ pick: (...values) => values[this.#below(values.length)] ?? values[0], port: this.#port });
    return { name: 'drop', faults: [], ...planned, holdMs: 5 + this.#below(200) };
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }
}
