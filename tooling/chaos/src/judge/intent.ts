/** An order as the caller wants it. */
export interface OrderPlan {
  readonly symbol: string;
  readonly action: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly orderType: 'MKT' | 'LMT' | 'STP';
  readonly limitPrice?: number | undefined;
  /** Of an exit only. */
  readonly stopPrice?: number | undefined;
  /** The order is the entry of a bracket with these exits. */
  readonly exits?: { readonly takeProfit: number; readonly stopLoss: number } | undefined;
}

/** The exits of a bracket as orders of their own, by their keys. */
export function exitsOf(key: string, { symbol, action, quantity, exits }: OrderPlan): readonly (readonly [string, OrderPlan])[] {
  if (exits === undefined) return [];
  const common = { symbol, action: action === 'BUY' ? 'SELL' : 'BUY', quantity } as const;
  return [
    [`${key}/takeProfit`, { ...common, orderType: 'LMT', limitPrice: exits.takeProfit }],
    [`${key}/stopLoss`, { ...common, orderType: 'STP', stopPrice: exits.stopLoss }],
  ];
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
