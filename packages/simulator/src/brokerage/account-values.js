/** Buying power per dollar of available funds: the inverse of the house margin. */
const LEVERAGE_OF_FUNDS = 4;
function money(amount) {
    return (Object.is(amount, -0) ? 0 : amount).toFixed(2);
}
function ratio(part, whole) {
    return whole === 0 ? '0' : (part / whole).toFixed(6);
}
/** The lines of an account as TWS prints them, from its figures. All amounts are USD. */
export function accountValuesOf(account, figures) {
    const { cash, netLiquidation, equityWithLoan, initMargin, maintMargin, regTMargin, grossPositionValue, stockValue, optionValue, realized, unrealized } = figures;
    const available = equityWithLoan - initMargin;
    const excess = equityWithLoan - maintMargin;
    const texts = [
        ['AccountCode', account],
        ['AccountReady', 'true'],
        ['AccountType', 'INDIVIDUAL'],
        ['Cushion', ratio(excess, netLiquidation)],
        ['DayTradesRemaining', '-1'],
        ['HighestSeverity', '0'],
        ['Leverage-S', ratio(grossPositionValue, netLiquidation)],
        ['Leverage', ratio(grossPositionValue, netLiquidation)],
        ['LookAheadNextChange', '0'],
    ];
    const amounts = [
        ['AccruedCash', 0],
        ['AvailableFunds', available],
        ['BuyingPower', Math.max(0, available) * LEVERAGE_OF_FUNDS],
        ['CashBalance', cash],
        ['EquityWithLoanValue', equityWithLoan],
        ['ExcessLiquidity', excess],
        ['FullAvailableFunds', available],
        ['FullExcessLiquidity', excess],
        ['FullInitMarginReq', initMargin],
        ['FullMaintMarginReq', maintMargin],
        ['GrossPositionValue', grossPositionValue],
        ['InitMarginReq', initMargin],
        ['LookAheadAvailableFunds', available],
        ['LookAheadExcessLiquidity', excess],
        ['LookAheadInitMarginReq', initMargin],
        ['LookAheadMaintMarginReq', maintMargin],
        ['MaintMarginReq', maintMargin],
        ['NetLiquidation', netLiquidation],
        ['NetLiquidationByCurrency', netLiquidation],
        ['OptionMarketValue', optionValue],
        ['RealizedPnL', realized],
        ['RegTEquity', equityWithLoan],
        ['RegTMargin', regTMargin],
        ['SMA', Math.max(0, equityWithLoan - regTMargin)],
        ['SettledCash', cash],
        ['StockMarketValue', stockValue],
        ['TotalCashBalance', cash],
        ['TotalCashValue', cash],
        ['UnrealizedPnL', unrealized],
    ];
    return [
        ...texts.map(([key, value]) => ({ account, key, value, currency: '' })),
        { account, key: 'Currency', value: 'USD', currency: 'USD' },
        { account, key: 'ExchangeRate', value: '1.00', currency: 'USD' },
        ...amounts.map(([key, amount]) => ({ account, key, value: money(amount), currency: 'USD' })),
    ];
}
