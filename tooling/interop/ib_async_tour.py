"""ib_async (or its ancestor ib_insync), unmodified, against the simulator: every step is an assertion. Usage: ib_async_tour.py PORT CONTROL_PORT"""
import asyncio
import json
import sys
import time
import urllib.request

try:
    from ib_async import IB, LimitOrder, MarketOrder, Option, Stock, StopOrder
except ImportError:
    from ib_insync import IB, LimitOrder, MarketOrder, Option, Stock, StopOrder

PORT, CONTROL = int(sys.argv[-2]), int(sys.argv[-1])


async def until(what, seconds=10.0):
    """Waits for a condition, never for a time."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.01)


def control(method, path, body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{CONTROL}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read()


async def main():
    errors = []
    ib = IB()
    ib.errorEvent += lambda req_id, code, text, contract: errors.append((code, text))
    started = time.monotonic()
    await ib.connectAsync("127.0.0.1", PORT, clientId=1, timeout=10)
    print(f"connected in {time.monotonic() - started:.2f} s, server version {ib.client.serverVersion()}, accounts {ib.managedAccounts()}")
    assert time.monotonic() - started < 3, "a start-up query was not answered"

    spy = Stock("SPY", "SMART", "USD")
    await ib.qualifyContractsAsync(spy)
    assert spy.conId == 756733, spy
    ticker = ib.reqMktData(spy)
    await until(lambda: ticker.bid > 0 and ticker.ask > 0 and ticker.last > 0)
    assert ticker.bid < ticker.ask, ticker
    print(f"quote {ticker.bid} x {ticker.ask}, last {ticker.last}")

    bars = await asyncio.wait_for(ib.reqHistoricalDataAsync(spy, "", "1 D", "5 mins", "TRADES", True), 10)
    assert len(bars) > 0 and all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in bars)
    print(f"{len(bars)} bars, the last {bars[-1].date} {bars[-1].close}")

    chains = await ib.reqSecDefOptParamsAsync("SPY", "", "STK", spy.conId)
    chain = next(c for c in chains if c.exchange == "SMART")
    strike = min(chain.strikes, key=lambda s: abs(s - ticker.last))
    option = Option("SPY", chain.expirations[1], strike, "C", "SMART", tradingClass=chain.tradingClass)
    await ib.qualifyContractsAsync(option)
    greeks = ib.reqMktData(option)
    await until(lambda: greeks.modelGreeks is not None and greeks.bid > 0)
    assert 0 < greeks.modelGreeks.delta < 1 and greeks.modelGreeks.impliedVol > 0, greeks.modelGreeks
    print(f"{option.localSymbol} {greeks.bid} x {greeks.ask}, delta {greeks.modelGreeks.delta:.3f}")

    state = await asyncio.wait_for(ib.whatIfOrderAsync(spy, MarketOrder("BUY", 10)), 10)
    assert float(state.initMarginChange) > 0, state
    market = ib.placeOrder(spy, MarketOrder("BUY", 10))
    await until(market.isDone)
    await until(lambda: market.fills and market.fills[0].commissionReport.commission > 0)
    assert market.orderStatus.status == "Filled" and market.filled() == 10
    print(f"filled 10 at {market.orderStatus.avgFillPrice}, commission {market.fills[0].commissionReport.commission}")

    limit = ib.placeOrder(spy, LimitOrder("BUY", 10, 1.0))
    await until(lambda: limit.orderStatus.status == "Submitted")
    ib.cancelOrder(limit.order)
    await until(lambda: limit.orderStatus.status == "Cancelled")
    stop = ib.placeOrder(spy, StopOrder("SELL", 10, round(ticker.bid * 0.5, 2)))
    await until(lambda: stop.orderStatus.status == "PreSubmitted")
    assert [p.position for p in ib.positions() if p.contract.conId == spy.conId] == [10.0]
    assert any(v.tag == "NetLiquidation" for v in await ib.accountSummaryAsync())

    control("POST", "/faults", {"type": "drop", "how": "rst"})
    await until(lambda: not ib.isConnected())
    await ib.connectAsync("127.0.0.1", PORT, clientId=1, timeout=10)
    assert [t.order.orderType for t in ib.openTrades()] == ["STP"], ib.openTrades()
    print("connected again, the working stop order is still there")
    ib.reqGlobalCancel()
    await until(lambda: not ib.openTrades())

    # 202 tells a cancel, 161 is what a global cancel says of an order that is already dead; the rest are farm notices.
    unexpected = [e for e in errors if e[0] not in (161, 202, 2104, 2106, 2107, 2108, 2158)]
    assert unexpected == [], unexpected
    ib.disconnect()
    print(f"{IB.__module__.split('.')[0]}: every step passed")


asyncio.run(main())
