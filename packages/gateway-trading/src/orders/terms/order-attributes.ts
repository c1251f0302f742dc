import type { TradableContract } from '../contract.js';
import { decimalText } from '../decimal.js';
import { stageAlgo } from './algos.js';
import type { OrderAlgo, StagedAlgo } from './algos.js';
import { stageConditions } from './conditions.js';
import type { OrderConditions, StagedConditions } from './conditions.js';
import { checkChoice, checkFlag, checkObject, checkText, fail, finite, positive, whole, withoutUndefined } from './invalid-field.js';
import type { Unchecked } from './invalid-field.js';
import { orderTimeText } from './order-time.js';
import type { OrderTime } from './order-time.js';
import { checkTriggerMethod } from './trigger-methods.js';
import type { TriggerMethod } from './trigger-methods.js';

/** What a fill of one order of a group does to the others: `WithBlock` protects against fills of two at once (TWS API: Order.ocaType 1, 2, 3). */
export type OcaType = 'cancelWithBlock' | 'reduceWithBlock' | 'reduceWithoutBlock';

/** One cancels all. */
export interface OcaGroup {
  /** A name that no other group has ever had. */
  readonly group: string;
  /** @defaultValue 'cancelWithBlock' */
  readonly type?: OcaType | undefined;
}

/** {@link OcaGroup} as the journal keeps it. */
export interface StagedOcaGroup {
  readonly group: string;
  readonly type: OcaType;
}

/** What orders of every type may carry besides what they are. The broker decides which go together. */
export interface OrderAttributes {
  /** When it ends, needed for `tif: 'GTD'` and refused for every other. */
  readonly goodTillDate?: OrderTime | undefined;
  /** When it begins. */
  readonly goodAfterTime?: OrderTime | undefined;
  /** The amount of money to trade for, in the currency of the contract, instead of a quantity, which is 0 then: for `CASH` and `CRYPTO`. */
  readonly cashQuantity?: number | undefined;
  /** Iceberg: how much of it the market may see. */
  readonly displaySize?: number | undefined;
  /** Whether the market may see nothing of it. */
  readonly hidden?: boolean | undefined;
  readonly allOrNone?: boolean | undefined;
  /** The least that the first fill must have. */
  readonly minQuantity?: number | undefined;
  /** How far beyond its limit it may trade, unseen. */
  readonly discretionaryAmount?: number | undefined;
  /** What a stop watches. @defaultValue the broker's for the instrument */
  readonly triggerMethod?: TriggerMethod | undefined;
  readonly conditions?: OrderConditions | undefined;
  readonly oca?: OcaGroup | undefined;
  readonly algo?: OrderAlgo | undefined;
  /** Combinations only: the legs may fill apart (TWS API: smart combo routing, NonGuaranteed). @defaultValue false */
  readonly nonGuaranteed?: boolean | undefined;
  /** Combinations only: a price per leg, in their order. */
  readonly legPrices?: readonly number[] | undefined;
  readonly sweepToFill?: boolean | undefined;
  readonly notHeld?: boolean | undefined;
  /** Whether it may also trade in the overnight session. Since server version 189. */
  readonly includeOvernight?: boolean | undefined;
  readonly modelCode?: string | undefined;
  /** Who gave the order by hand, where an exchange asks for it. */
  readonly extOperator?: string | undefined;
  /** When the order was given by hand. Since server version 169. */
  readonly manualOrderTime?: OrderTime | undefined;
  /** 1 for an order that was given by hand, 0 for one of a program, where an exchange asks. Since server version 192. */
  readonly manualOrderIndicator?: 0 | 1 | undefined;
}

/** {@link OrderAttributes} as the journal keeps them; only what was given is there. */
export interface StagedAttributes {
  readonly goodTillDate?: string | undefined;
  readonly goodAfterTime?: string | undefined;
  readonly cashQuantity?: string | undefined;
  readonly displaySize?: number | undefined;
  readonly hidden?: boolean | undefined;
  readonly allOrNone?: boolean | undefined;
  readonly minQuantity?: number | undefined;
  readonly discretionaryAmount?: string | undefined;
  readonly triggerMethod?: TriggerMethod | undefined;
  readonly conditions?: StagedConditions | undefined;
  readonly oca?: StagedOcaGroup | undefined;
  readonly algo?: StagedAlgo | undefined;
  readonly nonGuaranteed?: boolean | undefined;
  readonly legPrices?: readonly string[] | undefined;
  readonly sweepToFill?: boolean | undefined;
  readonly notHeld?: boolean | undefined;
  readonly includeOvernight?: boolean | undefined;
  readonly modelCode?: string | undefined;
  readonly extOperator?: string | undefined;
  readonly manualOrderTime?: string | undefined;
  readonly manualOrderIndicator?: 0 | 1 | undefined;
}

/** The numbers that travel. */
export const OCA_TYPES: Readonly<Record<OcaType, number>> = Object.freeze({ cancelWithBlock: 1, reduceWithBlock: 2, reduceWithoutBlock: 3 });
const FLAGS = ['hidden', 'allOrNone', 'nonGuaranteed', 'sweepToFill', 'notHeld', 'includeOvernight'] as const;

/** The number that travels (TWS API: Order.ocaType). */
export function ocaTypeCode(type: OcaType): number {
  return OCA_TYPES[type];
}

function stageOca(oca: OcaGroup): StagedOcaGroup {
  checkObject('oca', oca);
  const { group, type = 'cancelWithBlock' } = oca;
  checkText('oca.group', group, { required: true });
  checkChoice('oca.type', type, Object.keys(OCA_TYPES));
  return { group, type };
}

function stageLegPrices(prices: unknown, { secType, comboLegs = [] }: TradableContract): readonly string[] {
  if (secType !== 'BAG') fail('legPrices', 'must be absent for anything but a combination (BAG)', prices);
  if (!Array.isArray(prices) || prices.length !== comboLegs.length) fail('legPrices', `must be a list of ${comboLegs.length} prices, one per leg`, prices);
  return prices.map((price: unknown, index) => decimalText(finite(`legPrices[${index}]`, price)));
}

function checkSizes({ displaySize, minQuantity, hidden, allOrNone }: Unchecked<OrderAttributes>, quantity: number): void {
  if (displaySize !== undefined) {
    const shown = whole('displaySize', displaySize, 1);
    if (shown > quantity) fail('displaySize', 'must not be above the quantity', displaySize);
    if (hidden === true) fail('displaySize', 'must be absent for a hidden order', displaySize);
  }
  if (minQuantity === undefined) return;
  if (whole('minQuantity', minQuantity, 1) > quantity) fail('minQuantity', 'must not be above the quantity', minQuantity);
  if (allOrNone === true) fail('minQuantity', 'must be absent for an order that is all or none', minQuantity);
}

/**
 * Checks the attributes of a request and gives them the form of the journal: only what was given, so that a request of an earlier version
 * keeps its text and its hash.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID`.
 */
export function stageAttributes(attributes: OrderAttributes, { contract, quantity }: { readonly contract: TradableContract; readonly quantity: number }): StagedAttributes {
  const { cashQuantity, discretionaryAmount, triggerMethod, conditions, oca, algo, legPrices, manualOrderIndicator } = attributes;
  for (const flag of FLAGS) checkFlag(flag, attributes[flag]);
  if (attributes.nonGuaranteed !== undefined && contract.secType !== 'BAG') fail('nonGuaranteed', 'must be absent for anything but a combination (BAG)', attributes.nonGuaranteed);
  checkSizes(attributes, quantity);
  checkTriggerMethod('triggerMethod', triggerMethod);
  checkText('modelCode', attributes.modelCode);
  checkText('extOperator', attributes.extOperator);
  if (manualOrderIndicator !== undefined && ![0, 1].includes(manualOrderIndicator)) fail('manualOrderIndicator', 'must be 0 or 1', manualOrderIndicator);
  const time = (field: 'goodTillDate' | 'goodAfterTime' | 'manualOrderTime'): string | undefined =>
    attributes[field] === undefined ? undefined : orderTimeText(field, attributes[field]);
  // False is what an order is without the flag.
  const flag = (field: (typeof FLAGS)[number]): true | undefined => (attributes[field] === true ? true : undefined);
  return withoutUndefined({
    goodTillDate: time('goodTillDate'),
    goodAfterTime: time('goodAfterTime'),
    cashQuantity: cashQuantity === undefined ? undefined : decimalText(positive('cashQuantity', cashQuantity)),
    displaySize: attributes.displaySize,
    hidden: flag('hidden'),
    allOrNone: flag('allOrNone'),
    minQuantity: attributes.minQuantity,
    discretionaryAmount: discretionaryAmount === undefined ? undefined : decimalText(positive('discretionaryAmount', discretionaryAmount)),
    triggerMethod,
    conditions: conditions === undefined ? undefined : stageConditions(conditions),
    oca: oca === undefined ? undefined : stageOca(oca),
    algo: algo === undefined ? undefined : stageAlgo(algo),
    nonGuaranteed: flag('nonGuaranteed'),
    legPrices: legPrices === undefined ? undefined : stageLegPrices(legPrices, contract),
    sweepToFill: flag('sweepToFill'),
    notHeld: flag('notHeld'),
    includeOvernight: flag('includeOvernight'),
    modelCode: attributes.modelCode,
    extOperator: attributes.extOperator,
    manualOrderTime: time('manualOrderTime'),
    manualOrderIndicator,
  });
}
