import type { SimulatorFault, SimulatorFaultType } from '@ibkit/simulator';

/** One way in which a fault is tried. */
export interface FaultTrial {
  readonly faults: readonly SimulatorFault[];
  /** Clients are cut as well, so that they meet what stands in the way back. */
  readonly cut?: 'fin' | 'rst' | undefined;
  /** How long it lasts, real milliseconds; `noticed`: until every stream was in doubt, for what nothing else shows. */
  readonly holdMs: number | 'noticed';
  /** Whether ticks are surely lost, so that there must be a gap; `none`: nothing may be disturbed at all. */
  readonly ticks: 'gap' | 'none' | 'either';
}

const SHORT_MS = 60;
const LONG_MS = 250;

const cut = (fault: SimulatorFault, holdMs = SHORT_MS): FaultTrial => ({ faults: [fault], cut: 'rst', holdMs, ticks: 'gap' });
const one = (fault: SimulatorFault, ticks: FaultTrial['ticks'], holdMs = SHORT_MS): FaultTrial => ({ faults: [fault], holdMs, ticks });

/** Every fault of the simulator, and what it may do to streams. A fault that is not in here does not compile, and fails the test. */
export const FAULT_TABLE: Readonly<Record<SimulatorFaultType, readonly FaultTrial[]>> = {
  // The link.
  'half-open': [one({ type: 'half-open' }, 'either', 1400), one({ type: 'half-open', stop: 'writing' }, 'either', 1400), one({ type: 'half-open', stop: 'reading' }, 'either', SHORT_MS)],
  drop: [one({ type: 'drop' }, 'gap'), one({ type: 'drop', how: 'fin' }, 'gap')],
  refuse: [cut({ type: 'refuse' })],
  'black-hole': [cut({ type: 'black-hole' })],
  'mute-accept': [cut({ type: 'mute-accept' })],
  'mute-ready': [cut({ type: 'mute-ready' })],
  'id-in-use': [cut({ type: 'id-in-use' })],
  restart: [one({ type: 'restart', for: 100 }, 'gap', 120)],
  'weekly-login': [one({ type: 'weekly-login' }, 'gap')],
  // Bytes.
  slow: [one({ type: 'slow', bytesPerSecond: 1000 }, 'either', LONG_MS)],
  delay: [one({ type: 'delay', ms: 50 }, 'either', LONG_MS)],
  corrupt: [
    one({ type: 'corrupt', message: 'tickByTick', count: 3 }, 'gap', LONG_MS),
    one({ type: 'corrupt', message: 'tickByTick', how: 'missing-field' }, 'gap', LONG_MS),
    one({ type: 'corrupt', message: 'tickByTick', how: 'extra-field', count: 3 }, 'gap', LONG_MS),
    one({ type: 'corrupt', message: 'marketDepthL2', count: 3 }, 'either', LONG_MS),
    one({ type: 'corrupt', message: 'historicalDataUpdate', count: 2 }, 'either', LONG_MS),
    one({ type: 'corrupt', message: 'historicalData' }, 'either', LONG_MS),
    one({ type: 'corrupt', message: 'tickPrice', count: 10 }, 'either', LONG_MS),
  ],
  truncate: [one({ type: 'truncate' }, 'gap'), one({ type: 'truncate', close: 'none' }, 'either', LONG_MS)],
  oversize: [one({ type: 'oversize' }, 'gap')],
  'negative-length': [one({ type: 'negative-length' }, 'gap')],
  'unknown-id': [one({ type: 'unknown-id' }, 'none')],
  // What the gateway says.
  notice: [
    one({ type: 'notice', code: 2108 }, 'none'),
    one({ type: 'notice', code: 2137 }, 'none'),
    one({ type: 'notice', code: 2110 }, 'either', LONG_MS),
    one({ type: 'notice', code: 162, text: 'Historical Market Data Service error message:Historical data request pacing violation', request: 'reqHistoricalData', instead: true }, 'none', LONG_MS),
  ],
  'error-storm': [one({ type: 'error-storm', code: 1100 }, 'either', LONG_MS), one({ type: 'error-storm', code: 2108 }, 'none', LONG_MS)],
  'fill-during-outage': [one({ type: 'fill-during-outage', for: 100 }, 'gap', 120), one({ type: 'fill-during-outage', restore: 1101, for: 100 }, 'gap', 120)],
  // Data.
  'farm-down': [one({ type: 'farm-down' }, 'gap', LONG_MS), one({ type: 'farm-down', farm: 'ushmds' }, 'either', LONG_MS), one({ type: 'farm-down', farm: 'secdefil' }, 'either', LONG_MS)],
  'farm-up': [one({ type: 'farm-up' }, 'none')],
  'data-dead': [{ faults: [{ type: 'data-dead' }], holdMs: 'noticed', ticks: 'gap' }],
  'competing-session': [one({ type: 'competing-session' }, 'gap', LONG_MS)],
  'kill-bar-stream': [one({ type: 'kill-bar-stream' }, 'none', LONG_MS)],
  // Accounts, versions and times.
  'accounts-shown': [one({ type: 'accounts-shown', accounts: ['DU1234567', 'DU7654321'] }, 'either', LONG_MS)],
  'time-shape': [one({ type: 'time-shape', shape: 'zone' }, 'none', LONG_MS), one({ type: 'time-shape', shape: 'bare' }, 'none', LONG_MS)],
  'clock-skew': [one({ type: 'clock-skew', byMs: 7_200_000 }, 'either', LONG_MS), { ...cut({ type: 'clock-skew', byMs: -3_600_000 }), ticks: 'gap' }],
  'old-version': [cut({ type: 'old-version' }), cut({ type: 'old-version', refuse: true })],
  'new-version': [cut({ type: 'new-version' }), cut({ type: 'new-version', refuse: true })],
  'read-only': [one({ type: 'read-only' }, 'none', LONG_MS)],
  'id-rollback': [cut({ type: 'id-rollback' })],
  // Orders: streams are not touched. The first takes requests of streams as well.
  'lose-order': [one({ type: 'lose-order', request: 'reqHistoricalData', count: 1 }, 'none', LONG_MS)],
  'second-perm-id': [one({ type: 'second-perm-id' }, 'none')],
  'lose-ack': [one({ type: 'lose-ack' }, 'none')],
  'duplicate-callbacks': [one({ type: 'duplicate-callbacks' }, 'none')],
  'reorder-callbacks': [one({ type: 'reorder-callbacks' }, 'none')],
  'late-commission': [one({ type: 'late-commission' }, 'none')],
  'shared-download-end': [one({ type: 'shared-download-end' }, 'none')],
};
