import type { ClientMessageOf } from '@ibkit/wire';
import type { Contract, OptionExerciseAction, Order, OrderCancel } from '@stoqey/ib';

/** An order call that somebody made on the `api` face. */
export type ApiOrderCall = {
  /** Encodes and sends the call as it is, in the tick of the call when the limiter allows. Call it at most once. */
  readonly transmit: () => void;
  /**
   * Tells the users of the face, by an `error` event with the id of this call, that it failed; now or later. What the gate throws is told
   * without it, unless it was told before.
   * @param code in the numbers of `@stoqey/ib`
   */
  readonly report: (error: Error, code: number) => void;
} & (
  | {
      readonly method: 'placeOrder';
      readonly orderId: number;
      readonly contract: Contract;
      readonly order: Order;
      /** What the library would send: every field that was given is in it. */
      readonly message: ClientMessageOf<'placeOrder'>;
    }
  | { readonly method: 'cancelOrder'; readonly orderId: number; readonly orderCancel: string | OrderCancel | undefined; readonly message: ClientMessageOf<'cancelOrder'> }
  | { readonly method: 'reqGlobalCancel'; readonly orderCancel: OrderCancel | undefined; readonly message: ClientMessageOf<'reqGlobalCancel'> }
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
export type ApiOrderDecision = (call: ApiOrderCall) => void;

/** By what the broker names an order in an event; what it does not say is absent. */
export interface ApiOrderNames {
  readonly orderId?: number | undefined;
  readonly clientId?: number | undefined;
  readonly permId?: string | undefined;
  readonly orderRef?: string | undefined;
  /** The code of a notice: whatever it names may be a request as well. */
  readonly noticeCode?: number | undefined;
}

/** A gate that places orders under names of its own, and knows by what the users of the face know them. */
export interface ApiOrderDesk {
  readonly decide: ApiOrderDecision;
  /** How an order is called on the face; `undefined` for what keeps the broker's names. */
  readonly shown: (names: ApiOrderNames) => { readonly orderId: number; readonly orderRef: string } | undefined;
  /** The next id that a user of the face may take, when the broker says `promised`. */
  readonly nextValidId: (promised: number) => number;
}

/** What a trading layer attaches to the face. */
export type ApiOrderGate = ApiOrderDecision | ApiOrderDesk;
