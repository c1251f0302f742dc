import type { Instrument, InstrumentUniverse } from '../market/instrument.js';
import type { OrderTicket, OrderView } from './brokerage.js';
import { resolveCombo } from './combo.js';
import type { Combo, OrderContract, Product } from './combo.js';
import { readConditions } from './conditions.js';
import { readPrices } from './order-prices.js';
import type { OrderSessions } from './order-sessions.js';
import { isCombo, soleLeg } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import { endOfDay, orderTimeMs } from './order-time.js';
import { ORDER_TYPE_NAMES, orderTypePolicy } from './order-types.js';
import type { OrderTypePolicy, TifName } from './order-types.js';
import { invalid, isRefusal, rejected } from './refusal.js';
import type { Refusal } from './refusal.js';
import { triggerMethodOf } from './trigger.js';
import { unsupportedFields } from './unsupported-fields.js';

export type OrderCheck = { readonly ok: true; readonly terms: OrderTerms } | { readonly ok: false; readonly refusal: Refusal };

/** What an order is checked against. */
export interface OrderContext {
  readonly universe: InstrumentUniverse;
  readonly accounts: readonly string[];
  readonly nowMs: number;
  readonly sessions: OrderSessions;
}

const LARGEST_ORDER = 100_000_000;
const NO_SECURITY: Refusal = { code: 200, message: 'No security definition has been found for the request' };

function comboOf(contract: OrderContract, context: OrderContext): Combo | Refusal {
  if ((contract.exchange ?? '') === '') return invalid('Missing order exchange');
  if (contract.exchange?.toUpperCase() !== 'SMART') return invalid(`Combinations are routed to SMART, not to ${contract.exchange ?? ''}`);
  if ((contract.currency ?? 'USD') !== 'USD' && contract.currency !== '') return NO_SECURITY;
  return resolveCombo(contract, context.universe);
}

function subjectOf(contract: OrderContract, context: OrderContext): Combo | Refusal {
  if (contract.secType?.toUpperCase() === 'BAG') return comboOf(contract, context);
  const found = context.universe.find(contract);
  const [instrument] = found;
  if (instrument === undefined) return NO_SECURITY;
  if (found.length > 1) return { code: 200, message: `The contract description specified for ${instrument.symbol} is ambiguous.` };
  if ((contract.exchange ?? '') === '') return invalid('Missing order exchange');
  return { instrument, legs: [soleLeg(instrument, contract.exchange ?? 'SMART')] };
}

/** Where there is an auction to trade in. */
const HAS_AUCTIONS: ReadonlySet<string> = new Set<Product['secType']>(['STK', 'CFD']);

function unsupportedType(what: string): Refusal {
  return { code: 387, message: `Unsupported order type for this exchange and security type: ${what}` };
}

function policyOf(ticket: OrderTicket, { secType }: Product): OrderTypePolicy | Refusal {
  const text = ticket.orderType ?? '';
  const policy = orderTypePolicy(text);
  if (policy === 'missing') return unsupportedType(`the simulator has ${ORDER_TYPE_NAMES.join(', ')}, not ${text.trim().toUpperCase()}.`);
  if (policy === undefined) return invalid('Invalid order type was entered');
  if (secType === 'IND') return rejected('Indexes cannot be traded.');
  if (secType === 'BAG' && !policy.forCombos) return unsupportedType(`combinations take MKT and LMT, not ${policy.name}.`);
  if (policy.atClose && !HAS_AUCTIONS.has(secType)) return unsupportedType(`${policy.name} needs a closing auction, which ${secType} has not.`);
  return policy;
}

const TIFS: ReadonlySet<string> = new Set<TifName>(['DAY', 'GTC', 'IOC', 'FOK', 'GTD', 'OPG']);

function isTif(text: string): text is TifName {
  return TIFS.has(text);
}

function tifOf(ticket: OrderTicket, policy: OrderTypePolicy, { secType }: Product): TifName | Refusal {
  const text = (ticket.tif ?? '').trim().toUpperCase();
  const tif = text === '' ? 'DAY' : text;
  if (!isTif(tif)) return invalid(`Invalid time in force: the simulator has ${[...TIFS].join(', ')}, not ${text}`);
  if (policy.tifs.includes(tif) && (tif !== 'OPG' || HAS_AUCTIONS.has(secType))) return tif;
  return { code: 111, message: `The TIF (Tif type) and the order type are incompatible: ${tif} with ${policy.name} for ${secType}.` };
}

interface OrderTimes {
  readonly expiresAtMs: number | undefined;
  readonly goodAfterMs: number | undefined;
}

function timesOf(ticket: OrderTicket, tif: TifName, nowMs: number, endOf: (fromMs: number) => number): OrderTimes | Refusal {
  const { goodTillDate = '', goodAfterTime = '' } = ticket;
  const unreadable = (field: string, value: string): Refusal => ({
    code: 343,
    message: `The date, time, or time-zone entered is invalid: ${field} is ${value}, it must be like 20240102 15:30:00 US/Eastern or 20240102-20:30:00 (UTC).`,
  });
  const goodAfterMs = goodAfterTime === '' ? undefined : orderTimeMs(goodAfterTime, nowMs, 'start');
  if (goodAfterTime !== '' && goodAfterMs === undefined) return unreadable('goodAfterTime', goodAfterTime);
  if (tif !== 'GTD') {
    if (goodTillDate !== '') return { code: 334, message: 'Invalid Good Till Date order: goodTillDate needs the time in force GTD.' };
    return { goodAfterMs, expiresAtMs: tif === 'DAY' ? endOf(Math.max(nowMs, goodAfterMs ?? nowMs)) : undefined };
  }
  if (goodTillDate === '') return { code: 334, message: 'Invalid Good Till Date order: GTD needs goodTillDate.' };
  const expiresAtMs = orderTimeMs(goodTillDate, nowMs, 'end');
  if (expiresAtMs === undefined) return unreadable('goodTillDate', goodTillDate);
  return expiresAtMs > nowMs ? { goodAfterMs, expiresAtMs } : { code: 391, message: `The Good Till Date time is not valid: ${goodTillDate} is past.` };
}

function accountOf(ticket: OrderTicket, { accounts }: OrderContext): string | Refusal {
  const account = ticket.account ?? '';
  const [first] = accounts;
  if (account === '') return accounts.length === 1 && first !== undefined ? first : { code: 435, message: 'You must specify an account.' };
  return accounts.includes(account) ? account : invalid(`Invalid account code '${account}'`);
}

function quantityRefusal(quantity: number | undefined, { sizeIncrement = 1 }: Product): Refusal | undefined {
  if (quantity === undefined || quantity === 0) return { code: 434, message: 'The order size cannot be zero.' };
  const wrongSize: Refusal = { code: 355, message: 'Order size does not conform to market rule.' };
  if (!Number.isFinite(quantity) || quantity < 0 || quantity > LARGEST_ORDER) return wrongSize;
  const steps = quantity / sizeIncrement;
  if (Math.abs(steps - Math.round(steps)) < 1e-6) return undefined;
  if (sizeIncrement < 1) return wrongSize;
  return { code: 10243, message: 'Fractional-sized order cannot be placed via API. Please use desktop version to place this order.' };
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

function ocaTypeOf(value: number | undefined): 1 | 2 | 3 | undefined {
  if (value === undefined || value === 0) return 3;
  return value === 1 || value === 2 || value === 3 ? value : undefined;
}

function isNonGuaranteed({ smartComboRoutingParams = [] }: OrderTicket): boolean {
  return smartComboRoutingParams.some(({ tag, value }) => tag === 'NonGuaranteed' && value === '1');
}

/** TWS: combinations whose legs may fill apart are barred from groups, brackets and what-if. */
function comboRefusal(ticket: OrderTicket): Refusal | undefined {
  const unknown = (ticket.smartComboRoutingParams ?? []).find(({ tag }) => tag !== 'NonGuaranteed');
  if (unknown !== undefined) return rejected(`The simulator does not support the smart combo routing parameter ${unknown.tag} yet.`);
  if (!isNonGuaranteed(ticket)) return undefined;
  if ((ticket.ocaGroup ?? '') !== '') return { code: 356, message: 'Smart combo orders do not support OCA.' };
  if ((ticket.parentId ?? 0) > 0) return { code: 358, message: 'Smart combo child orders are not supported.' };
  return ticket.whatIf === true ? { code: 360, message: 'What-If orders are not supported for smart combos.' } : undefined;
}

function auctionOf(policy: OrderTypePolicy, tif: TifName): OrderTerms['auction'] {
  if (policy.atClose) return 'close';
  return tif === 'OPG' ? 'open' : undefined;
}

function readTerms(contract: OrderContract, ticket: OrderTicket, context: OrderContext): OrderTerms | Refusal {
  const { nowMs } = context;
  const subject = subjectOf(contract, context);
  if (isRefusal(subject)) return subject;
  const { instrument, legs } = subject;
  const isBag = instrument.secType === 'BAG';
  const action = actionOf(ticket.action?.toUpperCase());
  if (action === undefined) return { code: 303, message: `Invalid action: ${ticket.action ?? ''}` };
  const policy = policyOf(ticket, instrument);
  if (isRefusal(policy)) return policy;
  const tif = tifOf(ticket, policy, instrument);
  if (isRefusal(tif)) return tif;
  const badQuantity = quantityRefusal(ticket.totalQuantity, instrument);
  if (badQuantity !== undefined) return badQuantity;
  const priced = readPrices(ticket, policy, { minTick: instrument.minTick, isCombo: isBag });
  if (!priced.ok) return priced.refusal;
  const triggerMethod = triggerMethodOf(ticket.triggerMethod, instrument.secType);
  if (triggerMethod === undefined) return { code: 146, message: `Invalid trigger method: ${ticket.triggerMethod ?? ''}.` };
  const auction = auctionOf(policy, tif);
  const times = timesOf(ticket, tif, nowMs, (fromMs) => context.sessions.endOfDay({ instrument, legs, policy, ticket, auction }, fromMs) ?? endOfDay(fromMs));
  if (isRefusal(times)) return times;
  const account = accountOf(ticket, context);
  if (isRefusal(account)) return account;
  const ocaType = ocaTypeOf(ticket.ocaType);
  if (ocaType === undefined) return invalid(`The OCA type must be 1, 2 or 3, not ${ticket.ocaType ?? ''}`);
  const conditions = readConditions(ticket.conditions ?? [], context);
  if (isRefusal(conditions)) return conditions;
  const badCombo = isBag ? comboRefusal(ticket) : undefined;
  if (badCombo !== undefined) return badCombo;
  return {
    instrument,
    legs,
    exchange: contract.exchange ?? 'SMART',
    account,
    ticket,
    action,
    policy,
    tif,
    totalQuantity: ticket.totalQuantity ?? 0,
    prices: priced.prices,
    triggerMethod,
    ...times,
    auction,
    conditions,
    conditionsCancel: conditions.length > 0 && ticket.conditionsCancelOrder === true,
    ocaGroup: ticket.ocaGroup ?? '',
    ocaType,
    parentId: ticket.parentId ?? 0,
    allOrNone: ticket.allOrNone ?? false,
    minQty: ticket.minQty ?? 0,
  };
}

/** Checks an order against every rule that needs neither prices nor the state of other orders. */
export function checkOrder(contract: OrderContract, ticket: OrderTicket, context: OrderContext): OrderCheck {
  const refuse = (refusal: Refusal): OrderCheck => ({ ok: false, refusal });
  const terms = readTerms(contract, ticket, context);
  if (isRefusal(terms)) return refuse(terms);
  const extra = [...terms.policy.fields, ...(isCombo(terms) ? ['smartComboRoutingParams'] : [])];
  const unsupported = unsupportedFields(ticket, extra);
  if (unsupported.length > 0) return refuse(rejected(`The simulator does not support ${unsupported.join(', ')} with this order yet.`));
  if (terms.legs.some(({ instrument }) => isExpired(instrument, context.nowMs))) return refuse({ code: 392, message: 'Invalid order: contract expired.' });
  if (ticket.whatIf === true && ticket.transmit === false) return refuse({ code: 413, message: 'What-if order should have transmit flag set to true.' });
  return { ok: true, terms };
}
