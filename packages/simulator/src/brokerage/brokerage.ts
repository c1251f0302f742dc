import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import type { ComboLeg, OrderContract, Product } from './combo.js';
import type { ConditionTicket } from './conditions.js';
import type { ExerciseTicket } from './exercise.js';
import type { OrderOptions } from './order-options.js';
import type { OrderTypeName, TifName } from './order-types.js';
import type { BrokerageSnapshot } from './snapshot.js';

/** Statuses that an order takes here (the names of TWS API `orderStatus`). */
export type OrderStatusName = 'PreSubmitted' | 'Submitted' | 'PendingCancel' | 'Cancelled' | 'Filled' | 'Inactive';

/**
 * What a client asks for. The names are those of an order on the wire, so a wire order is a ticket; every field that the engine does not know and that changes
 * what an order does (algos, scales, hedges, ...) makes it refuse the order with 201.
 */
export interface OrderTicket {
  /** `BUY` or `SELL`. */
  readonly action?: string | undefined;
  readonly totalQuantity?: number | undefined;
  /** One of the types of order-types.ts. */
  readonly orderType?: string | undefined;
  /** The limit; the cap of a pegged order. The net price of a combination may be 0 or below. */
  readonly lmtPrice?: number | undefined;
  /** The trigger of a stop or if-touched order, the distance of a trailing one, the offset of a pegged one. */
  readonly auxPrice?: number | undefined;
  /** Where a trailing stop starts; else it follows the first price that it sees. */
  readonly trailStopPrice?: number | undefined;
  /** The distance of a trailing stop in percent. */
  readonly trailingPercent?: number | undefined;
  /** How far the limit of a trailing stop limit is from its stop. */
  readonly lmtPriceOffset?: number | undefined;
  /** The offset of a relative order as a share of the price. */
  readonly percentOffset?: number | undefined;
  /** TWS API: 0 default, 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 midpoint. */
  readonly triggerMethod?: number | undefined;
  /** `DAY` (also when empty), `GTC`, `IOC`, `FOK`, `GTD` or `OPG`. */
  readonly tif?: string | undefined;
  /** When a `GTD` order ends; see order-time.ts for the forms. */
  readonly goodTillDate?: string | undefined;
  /** When the order starts to work. */
  readonly goodAfterTime?: string | undefined;
  readonly account?: string | undefined;
  readonly orderRef?: string | undefined;
  /** Only an explicit `false` stages the order. */
  readonly transmit?: boolean | undefined;
  readonly whatIf?: boolean | undefined;
  /** Trades in the hours before and after the regular session, too, where the market keeps to sessions. */
  readonly outsideRth?: boolean | undefined;
  /** Fills only as a whole. */
  readonly allOrNone?: boolean | undefined;
  /** The first fill must be of this size. */
  readonly minQty?: number | undefined;
  /** Order id of the parent, of the same client. */
  readonly parentId?: number | undefined;
  /** The end of this child ends its parent, too. */
  readonly autoCancelParent?: boolean | undefined;
  readonly ocaGroup?: string | undefined;
  /** 1 cancels the others with block, 2 reduces them with block, 3 (also when unset) reduces them without block. */
  readonly ocaType?: number | undefined;
  readonly conditions?: readonly ConditionTicket[] | undefined;
  /** The conditions cancel the order instead of releasing it. */
  readonly conditionsCancelOrder?: boolean | undefined;
  /** `NonGuaranteed` only. */
  readonly smartComboRoutingParams?: readonly { readonly tag: string; readonly value: string }[] | undefined;
}

/** Margin and commission that an order would cause; answers a what-if. */
export interface OrderImpact {
  readonly initMarginBefore: number;
  readonly maintMarginBefore: number;
  readonly equityWithLoanBefore: number;
  readonly initMarginAfter: number;
  readonly maintMarginAfter: number;
  readonly equityWithLoanAfter: number;
  readonly commission: number;
  readonly commissionCurrency: string;
}

/** An order at one instant. Immutable: an event carries the state of that event. */
export interface OrderView {
  readonly clientId: number;
  readonly orderId: number;
  /** Decimal digits, unique in this simulator and the same over modifications. */
  readonly permId: string;
  /** Order id of the parent, 0 for none. */
  readonly parentId: number;
  readonly account: string;
  /** The instrument; a combination stands as one of the type BAG. */
  readonly instrument: Product;
  /** Of a combination. */
  readonly legs: readonly ComboLeg[] | undefined;
  /** The exchange that the client named, `SMART` when it named none. */
  readonly exchange: string;
  /** The object that the client's last accepted request carried, unchanged: echo order fields from here. */
  readonly ticket: OrderTicket;
  readonly action: 'BUY' | 'SELL';
  readonly orderType: OrderTypeName;
  readonly tif: TifName;
  /** Less than what was ordered once fills of its group have reduced it. */
  readonly totalQuantity: number;
  /** Of a trailing stop limit: where it stands now. */
  readonly lmtPrice: number | undefined;
  readonly auxPrice: number | undefined;
  /** Of a trailing stop: where it stands now. */
  readonly trailStopPrice: number | undefined;
  /** Children of one parent that name no group form one, named by the permanent id of the parent. */
  readonly ocaGroup: string;
  readonly ocaType: number;
  readonly status: OrderStatusName;
  /** TWS: `child` while its parent works, `trigger` while its stop waits, both separated by a comma; else empty. */
  readonly whyHeld: string;
  readonly filled: number;
  readonly remaining: number;
  /** 0 while nothing is filled. */
  readonly avgFillPrice: number;
  readonly lastFillPrice: number;
  /** Total commission of the fills so far; undefined until it is known. */
  readonly commission: number | undefined;
  /** Defined in the answer to a what-if only. */
  readonly impact: OrderImpact | undefined;
  /** Why it ended early (`completedStatus` of a completed order), such as `Cancelled by Trader`. */
  readonly completedStatus: string | undefined;
  /** When it became terminal, epoch milliseconds. */
  readonly completedAtMs: number | undefined;
}

/** One fill. A fill of a combination is followed by one execution for each leg, whose ids have a segment more. */
export interface Execution {
  /** The part behind the last dot counts the corrections: a higher one replaces what came before. */
  readonly execId: string;
  readonly atMs: number;
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: string;
  readonly account: string;
  readonly instrument: Product;
  /** Where it was filled, TWS spelling. */
  readonly exchange: string;
  readonly side: 'BOT' | 'SLD';
  readonly shares: number;
  readonly price: number;
  readonly cumQty: number;
  readonly avgPrice: number;
  readonly orderRef: string;
  /** 1 added, 2 removed. */
  readonly lastLiquidity: 1 | 2;
}

/** What one fill cost. */
export interface CommissionReport {
  readonly execId: string;
  readonly clientId: number;
  readonly account: string;
  readonly commission: number;
  readonly currency: string;
  /** Net of commissions; undefined for a fill that only opens (the unset double on the wire). */
  readonly realizedPnl: number | undefined;
}

export interface Position {
  readonly account: string;
  readonly instrument: Instrument;
  /** Below 0 for short; 0 when closed today. */
  readonly position: number;
  /** Per unit with commissions, times the multiplier for options (as TWS shows it). */
  readonly avgCost: number;
  /** Undefined while the market has no price. */
  readonly marketPrice: number | undefined;
  readonly marketValue: number | undefined;
  readonly unrealizedPnl: number | undefined;
  readonly realizedPnl: number;
}

/** A line of the account as TWS prints it: decimal text, `currency` empty for texts and ratios. */
export interface AccountValue {
  readonly account: string;
  readonly key: string;
  readonly value: string;
  readonly currency: string;
}

export interface PnlReading {
  /** Since the simulator started: its first day does not end. */
  readonly daily: number;
  readonly unrealized: number;
  readonly realized: number;
}

export interface SinglePnlReading extends PnlReading {
  readonly position: number;
  readonly value: number;
}

/** Which executions to give; undefined fields fit everything. */
export interface ExecutionFilter {
  readonly clientId?: number | undefined;
  readonly account?: string | undefined;
  /** Not before, epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
  readonly exchange?: string | undefined;
  /** `BUY`/`BOT` or `SELL`/`SLD`. */
  readonly side?: string | undefined;
}

/**
 * What happened. Emitted in the order in which TWS sends the messages.
 * - `openOrder` and `orderStatus`: about `order`, to the client that placed it (and whoever may see it).
 * - `execution`, then `commission`: a fill.
 * - `verdict`: an error message for `orderId` of `clientId` (201, 202, 10147, ...).
 * - `position`: a position changed by a fill (0 when closed); `account`: the values of an account changed.
 */
export type BrokerageEvent =
  | { readonly kind: 'openOrder'; readonly order: OrderView }
  | { readonly kind: 'orderStatus'; readonly order: OrderView }
  | { readonly kind: 'execution'; readonly execution: Execution; readonly order: OrderView }
  | { readonly kind: 'commission'; readonly commission: CommissionReport; readonly order: OrderView }
  | { readonly kind: 'verdict'; readonly clientId: number; readonly orderId: number; readonly code: number; readonly message: string }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'account'; readonly account: string };

export type BrokerageListener = (event: BrokerageEvent) => void;

/**
 * Accounts, orders and their matching against the market. Knows nothing of sockets; time is the market's clock.
 *
 * Acknowledgements and refusals are emitted inside {@link Brokerage.place} and {@link Brokerage.cancel}; fills and completed cancels only later, on the clock.
 * An order takes the visible size of each quote once and the rest from later quotes; its fills do not move the market. A market order gets the other side's
 * price, a limit order that is marketable on arrival too, and one that rests its own limit. Auctions fill whole, at the first or last print of the regular session
 * of the stock exchanges, on trading days. Day orders end at midnight New York; in a market that keeps to sessions they end with their session, and what may not trade
 * now is held (PreSubmitted) until it may.
 */
export interface Brokerage {
  readonly accounts: readonly string[];
  /** Listens to every event; gives the function that ends it. Listeners must not throw. */
  on(listener: BrokerageListener): () => void;
  /** At least 1, above every order id that the client has used; the same until an order is placed. */
  nextValidId(clientId: number): number;
  /** Places a new order, or modifies the working order with this id. Every outcome is an event; a replay that is held is released. */
  place(clientId: number, orderId: number, contract: OrderContract, ticket: OrderTicket): void;
  /** Asks to cancel an order of this client: 202 when done, 10147 when unknown, 10148 when too late. */
  cancel(clientId: number, orderId: number): void;
  /** Asks to cancel every working order of every client; each one that is cancelled already, or about to be, gets 161. */
  cancelAll(): void;
  /**
   * Exercises options of an account, or lets them lapse, at once: executions under the request's id at 0 for the options and at the strike for the underlying.
   * What cannot be done gets 322.
   */
  exercise(clientId: number, reqId: number, contract: OrderContract, ticket: ExerciseTicket): void;
  /**
   * Corrects the price of a fill, as an exchange does: the books are made anew, and an execution with the same id and a higher last part follows, with its commission.
   * @throws UsageError for an id that is not the newest of an execution in an instrument, and for a price that is not above 0.
   */
  correctExecution(execId: string, price: number): void;
  /** Working orders in the order of placing; of one client when given. Staged orders (transmit false) are not among them. */
  openOrders(clientId?: number): readonly OrderView[];
  /** Orders that ended (filled, cancelled, rejected with 201), oldest first. */
  completedOrders(): readonly OrderView[];
  executions(filter?: ExecutionFilter): readonly { readonly execution: Execution; readonly order: OrderView; readonly commission: CommissionReport | undefined }[];
  /** Positions other than 0; of one account when given. */
  positions(account?: string): readonly Position[];
  /** Positions of an account including those closed since the start. */
  portfolio(account: string): readonly Position[];
  /** Every account value that the engine keeps, in a fixed order, for an account updates stream or (picked by key) an account summary. @throws UsageError for an unknown account. */
  accountValues(account: string): readonly AccountValue[];
  pnl(account: string): PnlReading;
  /** Undefined when the account never held the instrument. */
  pnlSingle(account: string, conId: number): SinglePnlReading | undefined;
  /** Fills working orders whole and at once, without asking the market: a limit order at its limit, a market order at the mark. Returns how many. */
  fillWorking(which?: { readonly clientId?: number | undefined; readonly orderId?: number | undefined }): number;
  /** What must be kept to go on after a restart. */
  snapshot(): BrokerageSnapshot;
  /**
   * Goes on from a snapshot: balances, positions, orders (working ones go on working; day orders of an earlier New York day and orders in instruments that are gone end), executions and ids.
   * Call it once, before anything else happens.
   * @throws UsageError when the snapshot has an account that this brokerage does not have.
   */
  restore(snapshot: BrokerageSnapshot): void;
  /** Ends all timers and listeners. Idempotent. */
  close(): void;
}

/** How to make a brokerage; see `createBrokerage` in create-brokerage.ts. */
export interface BrokerageOptions {
  readonly market: Market;
  /** At least one account code, without duplicates. */
  readonly accounts: readonly string[];
  /** Cash of every account at the start, USD. @defaultValue 1,000,000 */
  readonly startCash?: number | undefined;
  /** Varies the permanent and execution ids, so that two simulators do not give the same. Any integer. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** Market milliseconds from an order's arrival to its first try to fill, and from a cancel to its effect. @defaultValue 0: on the next turn */
  readonly latencyMs?: number | undefined;
  /** How orders are treated. @defaultValue see {@link OrderOptions} */
  readonly orders?: Partial<OrderOptions> | undefined;
}
