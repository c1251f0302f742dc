import type { WireOrder } from '@ibkit/wire';
import { decimalText } from '../decimal.js';
import { checkObject, checkText, fail } from './invalid-field.js';
import { orderTimeText } from './order-time.js';
import type { OrderTime } from './order-time.js';

/** An algorithm of the broker (TWS API: Order.algoStrategy and algoParams). What parameters it takes only the broker knows: 439, 442 and 443 refuse wrong ones. */
export interface OrderAlgo {
  /** The broker's name for it: `Adaptive`, `Twap`, `Vwap`, `ArrivalPx`, `DarkIce`, `PctVol`, ... */
  readonly strategy: string;
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** {@link OrderAlgo} as the journal keeps it: every value is text, flags are 1 and 0. */
export interface StagedAlgo {
  readonly strategy: string;
  readonly params: readonly { readonly tag: string; readonly value: string }[];
}

/** How eagerly the Adaptive algorithm trades. */
export type AdaptivePriority = 'Urgent' | 'Normal' | 'Patient';

/** How much risk of missing an algorithm takes. */
export type RiskAversion = 'Get Done' | 'Aggressive' | 'Neutral' | 'Passive';

interface Schedule {
  /** @defaultValue now */
  readonly startTime?: OrderTime | undefined;
  /** @defaultValue the close */
  readonly endTime?: OrderTime | undefined;
  /** Whether it may go on after `endTime`. @defaultValue false */
  readonly allowPastEndTime?: boolean | undefined;
}

function schedule({ startTime, endTime, allowPastEndTime = false }: Schedule): Record<string, string | boolean> {
  return {
    ...(startTime === undefined ? {} : { startTime: orderTimeText('algo.startTime', startTime) }),
    ...(endTime === undefined ? {} : { endTime: orderTimeText('algo.endTime', endTime) }),
    allowPastEndTime,
  };
}

/** The Adaptive algorithm, for `MKT` and `LMT`. */
export function adaptiveAlgo(priority: AdaptivePriority = 'Normal'): OrderAlgo {
  return { strategy: 'Adaptive', params: { adaptivePriority: priority } };
}

/** Time-weighted average price. @throws {@link UsageError} `IBKR_ORDER_INVALID` for a time that is unclear. */
export function twapAlgo({ strategyType = 'Marketable', ...times }: Schedule & { readonly strategyType?: 'Marketable' | 'Matching Midpoint' | 'Matching Same Side' | 'Matching Last' | undefined } = {}): OrderAlgo {
  return { strategy: 'Twap', params: { strategyType, ...schedule(times) } };
}

/** Volume-weighted average price; `maxPctVol` is a share, 0.01 to 0.5. @throws {@link UsageError} `IBKR_ORDER_INVALID` for a time that is unclear. */
export function vwapAlgo({ maxPctVol = 0.1, noTakeLiq = false, ...times }: Schedule & { readonly maxPctVol?: number | undefined; readonly noTakeLiq?: boolean | undefined } = {}): OrderAlgo {
  return { strategy: 'Vwap', params: { maxPctVol, ...schedule(times), noTakeLiq } };
}

/** The price at arrival; `maxPctVol` is a share, 0.01 to 0.5. @throws {@link UsageError} `IBKR_ORDER_INVALID` for a time that is unclear. */
export function arrivalPriceAlgo({
  maxPctVol = 0.1,
  riskAversion = 'Neutral',
  forceCompletion = false,
  ...times
}: Schedule & { readonly maxPctVol?: number | undefined; readonly riskAversion?: RiskAversion | undefined; readonly forceCompletion?: boolean | undefined } = {}): OrderAlgo {
  return { strategy: 'ArrivalPx', params: { maxPctVol, riskAversion, ...schedule(times), forceCompletion } };
}

function valueText(field: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' && Number.isFinite(value)) return decimalText(value);
  if (typeof value !== 'string') fail(field, 'must be a text, a finite number, or true or false', value);
  checkText(field, value, { max: 256 });
  return value;
}

/** Checks an algorithm and gives it the form of the journal. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function stageAlgo(algo: OrderAlgo): StagedAlgo {
  checkObject('algo', algo);
  const { strategy, params = {} } = algo;
  checkText('algo.strategy', strategy, { required: true });
  checkObject('algo.params', params);
  const tags = Object.entries(params).map(([tag, value]) => {
    checkText('algo.params', tag, { required: true });
    return { tag, value: valueText(`algo.params.${tag}`, value) };
  });
  return { strategy, params: tags };
}

/** The fields that carry an algorithm. */
export function wireAlgo({ strategy, params }: StagedAlgo): WireOrder {
  return { algoStrategy: strategy, algoParams: params };
}
