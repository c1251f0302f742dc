/** An order as the caller wants it. */
export interface OrderPlan {
  readonly symbol: string;
  readonly action: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly orderType: 'MKT' | 'LMT';
  readonly limitPrice?: number | undefined;
}

/** What the caller asked for under one key. */
export interface Intent {
  readonly key: string;
  readonly order: OrderPlan;
  /** The sessions of the client, by the server's count, in which the caller made its calls. 0: there was none. */
  readonly sessions: number[];
  /** How often the caller asked for another price or quantity. */
  changes: number;
  /** How many of the calls were made while the client had no word that the broker was out of reach. */
  openCalls: number;
}
