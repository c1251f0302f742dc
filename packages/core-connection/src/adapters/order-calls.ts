import type { Contract, OptionExerciseAction, Order, OrderCancel } from '@stoqey/ib';

/** An order call that somebody made on the `api` face. */
export type ApiOrderCall = {
  /** Encodes and sends the call as it is, in the tick of the call when the limiter allows. Call it at most once. */
  readonly transmit: () => void;
} & (
  | { readonly method: 'placeOrder'; readonly orderId: number; readonly contract: Contract; readonly order: Order }
  | { readonly method: 'cancelOrder'; readonly orderId: number; readonly orderCancel: string | OrderCancel | undefined }
  | { readonly method: 'reqGlobalCancel'; readonly orderCancel: OrderCancel | undefined }
  | {
      readonly method: 'exerciseOptions';
      readonly requestId: number;
      readonly contract: Contract;
      readonly action: OptionExerciseAction;
      readonly quantity: number;
      readonly account: string;
      readonly override: number;
    }
);

/** Decides about order calls of the `api` face: throws a typed error to refuse, or transmits, now or later. */
export type ApiOrderGate = (call: ApiOrderCall) => void;
