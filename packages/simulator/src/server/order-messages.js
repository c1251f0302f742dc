import { describeLegs } from '../brokerage/combo.js';
import { decimal, decimalOrNone } from './amounts.js';
import { contractOf } from './instrument-contract.js';
/** TWS API: the form of execution times in UTC, `yyyymmdd-hh:mm:ss`. */
export function executionTime(atMs) {
    const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
    return `${date.replaceAll('-', '')}-${time.slice(0, 8)}`;
}
/** What the order is for; of a combination with its legs. */
function orderContract({ instrument, exchange, legs }) {
    const contract = contractOf(instrument, exchange);
    if (legs === undefined)
        return contract;
    return {
        ...contract,
        comboLegs: legs.map((leg) => ({ conId: leg.instrument.conId, ratio: leg.ratio, action: leg.action, exchange: leg.exchange, openClose: 0, shortSaleSlot: 0, designatedLocation: '', exemptCode: -1 })),
        comboLegsDescription: describeLegs(legs),
    };
}
/** The order as its placer wrote it, with what the server knows better. */
function wireOrder(view) {
    return {
        ...view.ticket,
        action: view.action,
        totalQuantity: view.totalQuantity,
        orderType: view.orderType,
        lmtPrice: view.lmtPrice,
        auxPrice: view.auxPrice,
        trailStopPrice: view.trailStopPrice,
        tif: view.tif,
        account: view.account,
        parentId: view.parentId,
        ocaGroup: view.ocaGroup,
        ocaType: view.ocaType,
        clientId: view.clientId,
        permId: view.permId,
    };
}
function orderState(view) {
    const { impact } = view;
    if (impact === undefined) {
        const { commission } = view;
        return { status: view.status, commission: decimalOrNone(commission), commissionCurrency: commission === undefined ? undefined : view.instrument.currency };
    }
    return {
        status: view.status,
        initMarginBefore: decimal(impact.initMarginBefore),
        maintMarginBefore: decimal(impact.maintMarginBefore),
        equityWithLoanBefore: decimal(impact.equityWithLoanBefore),
        initMarginChange: decimal(impact.initMarginAfter - impact.initMarginBefore),
        maintMarginChange: decimal(impact.maintMarginAfter - impact.maintMarginBefore),
        equityWithLoanChange: decimal(impact.equityWithLoanAfter - impact.equityWithLoanBefore),
        initMarginAfter: decimal(impact.initMarginAfter),
        maintMarginAfter: decimal(impact.maintMarginAfter),
        equityWithLoanAfter: decimal(impact.equityWithLoanAfter),
        commission: decimal(impact.commission),
        commissionCurrency: impact.commissionCurrency,
    };
}
/** What the order is and which state it has. */
export function openOrderMessage(view) {
    return {
        type: 'openOrder',
        orderId: view.orderId,
        contract: orderContract(view),
        order: wireOrder(view),
        orderState: orderState(view),
    };
}
/** How far the order is. */
export function orderStatusMessage(view) {
    return {
        type: 'orderStatus',
        orderId: view.orderId,
        status: view.status,
        filled: view.filled,
        remaining: view.remaining,
        avgFillPrice: decimal(view.avgFillPrice),
        permId: view.permId,
        parentId: view.parentId,
        lastFillPrice: decimal(view.lastFillPrice),
        clientId: view.clientId,
        whyHeld: view.whyHeld,
        mktCapPrice: 0,
    };
}
/** An order that ended. TWS API: without order id and client id; the permId identifies it. */
export function completedOrderMessage(view) {
    return {
        type: 'completedOrder',
        contract: orderContract(view),
        order: { ...wireOrder(view), filledQuantity: view.filled },
        orderState: {
            status: view.status,
            completedTime: view.completedAtMs === undefined ? '' : executionTime(view.completedAtMs),
            completedStatus: view.completedStatus ?? '',
        },
    };
}
/** TWS API: the request id of executions that nobody asked for. */
export const LIVE_EXECUTION = -1;
/** One fill. */
export function executionMessage(reqId, execution) {
    return {
        type: 'execDetails',
        reqId,
        orderId: execution.orderId,
        contract: contractOf(execution.instrument, execution.exchange),
        execution: {
            execId: execution.execId,
            time: executionTime(execution.atMs),
            acctNumber: execution.account,
            exchange: execution.exchange,
            side: execution.side,
            shares: execution.shares,
            price: decimal(execution.price),
            permId: execution.permId,
            clientId: execution.clientId,
            liquidation: 0,
            cumQty: execution.cumQty,
            avgPrice: decimal(execution.avgPrice),
            orderRef: execution.orderRef,
            evRule: '',
            evMultiplier: undefined,
            modelCode: '',
            lastLiquidity: execution.lastLiquidity,
            pendingPriceRevision: false,
        },
    };
}
/** What a fill cost; a fill that only opens has no realised profit (the unset double on the wire). */
export function commissionMessage(report) {
    return {
        type: 'commissionReport',
        execId: report.execId,
        commission: decimal(report.commission),
        currency: report.currency,
        realizedPNL: decimalOrNone(report.realizedPnl),
        yield: undefined,
        yieldRedemptionDate: undefined,
    };
}
