/** What a client holds of an order; `none` when it told the caller that nothing was sent, or refused to. */
export type BeliefStatus = 'none' | 'absent' | 'unknown' | 'pending' | 'working' | 'filled' | 'cancelled' | 'rejected' | 'expired';

/** A fill as a client booked it. */
export interface BookedFill {
  readonly execId: string;
  readonly side: string;
  readonly quantity: number;
  readonly price: number;
  /** Undefined while it is not known. */
  readonly commission: number | undefined;
}

/** What a client believes about one order that it made of an intent. */
export interface Belief {
  readonly key: string;
  readonly orderRef: string;
  readonly orderId: number;
  readonly status: BeliefStatus;
  readonly fills: readonly BookedFill[];
  /** What a working order asks for, where the client keeps it and is sure. */
  readonly terms?: { readonly limitPrice: number | undefined; readonly quantity: number } | undefined;
}
