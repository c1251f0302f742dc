import type { WireContract, WireOrder } from '@ibkit/wire';
import type { OrderContract } from './contract.js';
import type { StagedRequest } from './order-request.js';
import { wireAdjustment } from './terms/adjustable-stop.js';
import { wireAlgo } from './terms/algos.js';
import { wireConditions } from './terms/conditions.js';
import { ocaTypeCode } from './terms/order-attributes.js';
import { triggerMethodCode } from './terms/trigger-methods.js';

function numeric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** TWS API: auxPrice is the stop, the trigger, the trailing amount or the offset, whatever the type has. */
function auxPriceOf({ orderType, stopPrice, triggerPrice, trailAmount, offset }: StagedRequest): number | undefined {
  const isTrailing = orderType === 'TRAIL' || orderType === 'TRAIL LIMIT';
  return numeric(isTrailing ? trailAmount : (stopPrice ?? triggerPrice ?? offset));
}

/** The contract of an order as it travels. TWS API: the four last fields of a leg as the vendor's own clients write them. */
export function wireOrderContract(contract: OrderContract): WireContract {
  const { comboLegs, ...rest } = contract;
  if (comboLegs === undefined) return rest;
  // A combination has no multiplier at the broker; ours says how much one unit of it is worth.
  return { ...rest, multiplier: undefined, comboLegs: comboLegs.map((leg) => ({ ...leg, openClose: 0, shortSaleSlot: 0, designatedLocation: '', exemptCode: -1 })) };
}

/** What a request says as the fields of an order that travel; identity, account and transmission are added by who sends it. */
export function wireTerms(request: StagedRequest): WireOrder {
  const { orderType, stopPrice, cashQuantity, legPrices, nonGuaranteed, oca, algo, conditions, adjust, triggerMethod } = request;
  const isTrailing = orderType === 'TRAIL' || orderType === 'TRAIL LIMIT';
  return {
    action: request.action,
    totalQuantity: Number(request.quantity),
    orderType,
    lmtPrice: numeric(request.limitPrice),
    auxPrice: auxPriceOf(request),
    tif: request.tif,
    outsideRth: request.outsideRth,
    ...(isTrailing ? { trailStopPrice: numeric(stopPrice), trailingPercent: numeric(request.trailPercent), lmtPriceOffset: numeric(request.limitOffset) } : {}),
    percentOffset: numeric(request.percentOffset),
    goodTillDate: request.goodTillDate,
    goodAfterTime: request.goodAfterTime,
    cashQty: numeric(cashQuantity),
    displaySize: request.displaySize,
    hidden: request.hidden,
    allOrNone: request.allOrNone,
    minQty: request.minQuantity,
    discretionaryAmt: numeric(request.discretionaryAmount),
    triggerMethod: triggerMethod === undefined ? undefined : triggerMethodCode(triggerMethod),
    ocaGroup: oca?.group,
    ocaType: oca === undefined ? undefined : ocaTypeCode(oca.type),
    ...(algo === undefined ? {} : wireAlgo(algo)),
    ...(conditions === undefined ? {} : wireConditions(conditions)),
    ...(adjust === undefined ? {} : wireAdjustment(adjust)),
    orderComboLegs: legPrices?.map((price) => ({ price: Number(price) })),
    smartComboRoutingParams: nonGuaranteed === true ? [{ tag: 'NonGuaranteed', value: '1' }] : undefined,
    sweepToFill: request.sweepToFill,
    notHeld: request.notHeld,
    includeOvernight: request.includeOvernight,
    modelCode: request.modelCode,
    extOperator: request.extOperator,
    manualOrderTime: request.manualOrderTime,
    manualOrderIndicator: request.manualOrderIndicator,
  };
}
