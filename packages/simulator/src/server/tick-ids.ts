/** The tick type ids of one line; live and delayed data carry the same facts under different ids. Source: TWS API tick types. */
export interface TickIds {
  readonly bidSize: number;
  readonly bid: number;
  readonly ask: number;
  readonly askSize: number;
  readonly last: number;
  readonly lastSize: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
  readonly close: number;
  readonly open: number;
  readonly lastTimestamp: number;
  readonly halted: number;
  /** Delayed lines do not tell exchanges. */
  readonly bidExchange?: number | undefined;
  readonly askExchange?: number | undefined;
  readonly lastExchange?: number | undefined;
  readonly bidComputation: number;
  readonly askComputation: number;
  readonly lastComputation: number;
  readonly modelComputation: number;
}

export const LIVE_TICKS: TickIds = {
  bidSize: 0,
  bid: 1,
  ask: 2,
  askSize: 3,
  last: 4,
  lastSize: 5,
  high: 6,
  low: 7,
  volume: 8,
  close: 9,
  open: 14,
  lastTimestamp: 45,
  halted: 49,
  bidExchange: 32,
  askExchange: 33,
  lastExchange: 84,
  bidComputation: 10,
  askComputation: 11,
  lastComputation: 12,
  modelComputation: 13,
};

export const DELAYED_TICKS: TickIds = {
  bidSize: 69,
  bid: 66,
  ask: 67,
  askSize: 70,
  last: 68,
  lastSize: 71,
  high: 72,
  low: 73,
  volume: 74,
  close: 75,
  open: 76,
  lastTimestamp: 88,
  halted: 90,
  bidComputation: 80,
  askComputation: 81,
  lastComputation: 82,
  modelComputation: 83,
};
