import type { WireContract } from '@ibkit/wire';
import type { OrderContract } from '../orders/contract.js';
import type { Commission } from '../orders/order-state.js';
import type { ExecutionKind } from './execution-id.js';
import type { FilledContract } from './filled-contract.js';

interface ExecutionFacts {
  readonly execId: string;
  /** A combination is executed as a whole (`combo`) and leg by leg (`leg`): count one of both. */
  readonly kind: ExecutionKind;
  readonly account: string;
  /** `BOT` or `SLD`. */
  readonly side: string;
  readonly quantity: number;
  readonly price: number;
  readonly exchange: string;
  /** As the broker writes it. */
  readonly time: string;
  /** The same as epoch milliseconds; absent when the text does not say its zone. */
  readonly executedAtMs: number | undefined;
  readonly commission: Commission;
}

/** One execution of today, ours or not. */
export interface ExecutionReport extends ExecutionFacts {
  readonly contract: WireContract;
  readonly permId: string;
  readonly clientId: number;
  readonly orderId: number;
  readonly orderRef: string | undefined;
  /** The key of our order, when it is ours. */
  readonly key: string | undefined;
  readonly tag: string | undefined;
}

/** One fill of an order of ours, of any day that the journal knows. */
export interface FillReport extends ExecutionFacts {
  /** What was traded: for a leg the leg. */
  readonly contract: OrderContract | FilledContract;
  /** When we learned of it, epoch milliseconds. */
  readonly atMs: number;
  readonly intentId: string;
  readonly key: string;
  readonly tag: string | undefined;
  readonly clientId: number;
  readonly orderId: number;
  readonly permIds: readonly string[];
}
