import type { ContractQuery, Instrument, InstrumentUniverse } from '../market/instrument.js';
import type { OrderTicket, OrderView } from './brokerage.js';
import { unsupportedFields } from './unsupported-fields.js';

/** Why an order is not accepted, as an error message of TWS. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** An order that passed every rule, in the engine's own terms. */
export interface OrderTerms {
  readonly instrument: Instrument;
  readonly exchange: string;
  readonly account: string;
  readonly ticket: OrderTicket;
  readonly action: OrderView['action'];
  readonly orderType: OrderView['orderType'];
  readonly tif: OrderView['tif'];
  readonly totalQuantity: number;
  readonly lmtPrice: number | undefined;
}

export type OrderCheck = { readonly ok: true; readonly terms: OrderTerms } | { readonly ok: false; readonly refusal: Refusal };

/** What an order is checked against. */
export interface OrderContext {
  readonly universe: InstrumentUniverse;
  readonly accounts: readonly string[];
  readonly nowMs: number;
}

/** Order types of TWS that the simulator knows by name and does not have. */
const OTHER_ORDER_TYPES: ReadonlySet<string> = new Set([
  'STP', 'STP LMT', 'STPLMT', 'TRAIL', 'TRAIL LIMIT', 'TRAILLIMIT', 'MIT', 'LIT', 'MOC', 'LOC', 'MOO', 'LOO', 'REL', 'MIDPRICE', 'MIDPX', 'PEG MKT', 'PEG MID', 'PEG PRIM',
  'PEG BENCH', 'PEG BEST', 'PEGMKT', 'PEGMID', 'MTL', 'MKT PRT', 'STP PRT', 'BOX TOP', 'VOL', 'VWAP', 'PASSV REL', 'SNAP MKT', 'SNAP MID', 'SNAP PRIM', 'REL + LMT', 'LMT + MKT',
]); // prettier-ignore

function invalid(cause: string): Refusal {
  return { code: 321, message: `Error validating request.-'bF' : cause - ${cause}` };
}

/** TWS: 201 carries the reason in its text. */
export function rejected(reason: string): Refusal {
  return { code: 201, message: `Order rejected - reason:${reason}` };
}

function instrumentOf(contract: ContractQuery, context: OrderContext): Instrument | Refusal {
  const found = context.universe.find(contract);
  const [instrument] = found;
  if (instrument === undefined) return { code: 200, message: 'No security definition has been found for the request' };
  if (found.length > 1) return { code: 200, message: `The contract description specified for ${instrument.symbol} is ambiguous.` };
  if ((contract.exchange ?? '') === '') return invalid('Missing order exchange');
  return instrument;
}

function accountOf(ticket: OrderTicket, { accounts }: OrderContext): string | Refusal {
  const account = ticket.account ?? '';
  const [first] = accounts;
  if (account === '') return accounts.length === 1 && first !== undefined ? first : { code: 435, message: 'You must specify an account.' };
  return accounts.includes(account) ? account : invalid(`Invalid account code '${account}'`);
}

function quantityRefusal(quantity: number | undefined): Refusal | undefined {
  if (quantity === undefined || quantity === 0) return { code: 434, message: 'The order size cannot be zero.' };
  if (!Number.isFinite(quantity) || quantity < 0) return { code: 355, message: 'Order size does not conform to market rule.' };
  if (!Number.isInteger(quantity)) return { code: 10243, message: 'Fractional-sized order cannot be placed via API. Please use desktop version to place this order.' };
  return quantity > 100_000_000 ? { code: 355, message: 'Order size does not conform to market rule.' } : undefined;
}

function priceRefusal(price: number | undefined, minTick: number): Refusal | undefined {
  if (price === undefined) return { code: 107, message: 'Cannot transmit incomplete order. A limit order needs a limit price.' };
  const ticks = price / minTick;
  const isOnGrid = price > 0 && Math.abs(ticks - Math.round(ticks)) < 1e-6;
  return isOnGrid ? undefined : { code: 110, message: 'The price does not conform to the minimum price variation for this contract.' };
}

function isRefusal(value: object | string): value is Refusal {
  return typeof value === 'object' && 'message' in value;
}

/** Last trading day ended: options trade until 16:00 New York, which is 20:00 or 21:00 UTC; the end of the UTC day is late enough for both. */
function isExpired({ expiry }: Instrument, nowMs: number): boolean {
  if (expiry === undefined) return false;
  const day = Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8)));
  return nowMs > day + 86_400_000;
}

function actionOf(text: string | undefined): OrderView['action'] | undefined {
  return text === 'BUY' || text === 'SELL' ? text : undefined;
}

function tifOf(text: string | undefined): OrderView['tif'] | undefined {
  if (text === undefined || text === '') return 'DAY';
  return text === 'DAY' || text === 'GTC' || text === 'IOC' || text === 'FOK' ? text : undefined;
}

/** Checks an order against every rule that needs neither prices nor the state of other orders. */
export function checkOrder(contract: ContractQuery, ticket: OrderTicket, context: OrderContext): OrderCheck {
  const refuse = (refusal: Refusal): OrderCheck => ({ ok: false, refusal });
  const instrument = instrumentOf(contract, context);
  if (isRefusal(instrument)) return refuse(instrument);
  const action = actionOf(ticket.action?.toUpperCase());
  if (action === undefined) return refuse({ code: 303, message: `Invalid action: ${ticket.action ?? ''}` });
  const orderType = (ticket.orderType ?? '').trim().toUpperCase();
  if (OTHER_ORDER_TYPES.has(orderType)) {
    return refuse({ code: 387, message: `Unsupported order type for this exchange and security type: the simulator has MKT and LMT, not ${orderType}.` });
  }
  if (orderType !== 'MKT' && orderType !== 'LMT') return refuse(invalid('Invalid order type was entered'));
  const tif = tifOf(ticket.tif?.toUpperCase());
  if (tif === undefined) return refuse(invalid(`Invalid time in force: the simulator has DAY, GTC, IOC and FOK, not ${ticket.tif ?? ''}`));
  const badQuantity = quantityRefusal(ticket.totalQuantity);
  if (badQuantity !== undefined) return refuse(badQuantity);
  const lmtPrice = orderType === 'LMT' ? ticket.lmtPrice : undefined;
  const badPrice = orderType === 'LMT' ? priceRefusal(lmtPrice, instrument.minTick) : undefined;
  if (badPrice !== undefined) return refuse(badPrice);
  const account = accountOf(ticket, context);
  if (isRefusal(account)) return refuse(account);
  const unsupported = unsupportedFields(ticket);
  if (unsupported.length > 0) return refuse(rejected(`The simulator does not support ${unsupported.join(', ')} yet.`));
  if (isExpired(instrument, context.nowMs)) return refuse({ code: 392, message: 'Invalid order: contract expired.' });
  if (ticket.whatIf === true && ticket.transmit === false) return refuse({ code: 413, message: 'What-if order should have transmit flag set to true.' });
  const exchange = contract.exchange ?? 'SMART';
  return { ok: true, terms: { instrument, exchange, account, ticket, action, orderType, tif, totalQuantity: ticket.totalQuantity ?? 0, lmtPrice } };
}
