/** Fields that the engine acts on, whatever the type of the order. */
const ACTED_ON = [
    'action', 'totalQuantity', 'orderType', 'lmtPrice', 'auxPrice', 'tif', 'account', 'orderRef', 'transmit', 'whatIf', 'outsideRth', 'goodTillDate', 'goodAfterTime', 'parentId', 'ocaGroup',
    'ocaType', 'triggerMethod', 'conditions', 'conditionsCancelOrder', 'allOrNone', 'minQty', 'autoCancelParent',
]; // prettier-ignore
/** Fields that change nothing here: identity and bookkeeping, and routing and safety hints for markets that the simulator does not have. */
const WITHOUT_EFFECT = [
    'orderId', 'clientId', 'permId', 'parentPermId', 'modelCode', 'origin', 'openClose', 'orderMiscOptions', 'solicited', 'submitter', 'extOperator', 'manualOrderTime',
    'manualOrderIndicator', 'mifid2DecisionMaker', 'mifid2DecisionAlgo', 'mifid2ExecutionTrader', 'mifid2ExecutionAlgo', 'mifidDecisionMaker', 'mifidDecisionAlgo',
    'mifidExecTrader', 'mifidExecAlgo', 'softDollarTier', 'softDollarName', 'softDollarValue', 'customerAccount', 'professionalCustomer', 'advancedErrorOverride', 'algoId',
    'clearingAccount', 'clearingIntent', 'settlingFirm', 'rule80A', 'shortSaleSlot', 'exemptCode', 'eTradeOnly', 'firmQuoteOnly', 'nbboPriceCap', 'optOutSmartRouting',
    'overridePercentageConstraints', 'usePriceMgmtAlgo', 'dontUseAutoPriceForHedge', 'isOmsContainer', 'discretionaryUpToLimitPrice',
    'notHeld', 'includeOvernight', 'adjustableTrailingUnit', 'referenceContractId', 'sharesAllocation', 'bondAccruedInterest', 'conditionsIgnoreRth',
    'randomizeSize', 'randomizePrice',
]; // prettier-ignore
const ALLOWED = new Set([...ACTED_ON, ...WITHOUT_EFFECT]);
const UNSET_NUMBERS = [0, -1, 2_147_483_647, Number.MAX_VALUE];
/** Whether a field says anything: empty texts, 0, the wire's unset numbers, false and empty lists do not. */
function isSet(value) {
    switch (typeof value) {
        case 'string':
            return value !== '' && value !== 'None' && value !== '0';
        case 'number':
            return Number.isFinite(value) && !UNSET_NUMBERS.includes(value);
        case 'boolean':
            return value;
        case 'object':
            return value !== null && Object.values(value).some(isSet);
        default:
            return false;
    }
}
/** Names of the fields of an order that the simulator would have to ignore although they change what the order does. `read` names those that its type reads. */
export function unsupportedFields(ticket, read) {
    return Object.entries(ticket)
        .filter(([name, value]) => !ALLOWED.has(name) && !read.includes(name) && isSet(value))
        .map(([name]) => name);
}
