// Go scmhub/ibapi, unmodified, against the simulator: every step is a check. Usage: tour PORT CONTROL_PORT
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scmhub/ibapi"
)

const (
	account = "DU1234567"
	spyID   = 756733
	wait    = 15 * time.Second
)

// event is one callback: its name, the request or order that it belongs to, and what it brought.
type event struct {
	name string
	id   int64
	data any
}

type price struct {
	kind  ibapi.TickType
	price float64
}

type status struct {
	status            string
	filled, remaining float64
	average           float64
	permID            int64
	whyHeld           string
}

type opened struct {
	contract ibapi.Contract
	order    ibapi.Order
	state    ibapi.OrderState
}

type executed struct {
	contract  ibapi.Contract
	execution ibapi.Execution
}

type chain struct {
	exchange    string
	conID       int64
	class       string
	multiplier  string
	expirations []string
	strikes     []float64
}

type greeks struct {
	kind                                          ibapi.TickType
	volatility, delta, price, gamma, theta, under float64
}

type holding struct {
	contract ibapi.Contract
	position float64
	cost     float64
}

type complaint struct {
	code int64
	text string
}

// recorder keeps every callback that the tour looks at.
type recorder struct {
	ibapi.Wrapper
	mutex  sync.Mutex
	events []event
}

func (r *recorder) add(name string, id int64, data any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.events = append(r.events, event{name, id, data})
}

func (r *recorder) all(name string, id int64) []any {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var found []any
	for _, one := range r.events {
		if one.name == name && one.id == id {
			found = append(found, one.data)
		}
	}
	return found
}

func check(holds bool, format string, args ...any) {
	if !holds {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
		os.Exit(1)
	}
}

// want waits for the first callback of a name that fits.
func want[T any](r *recorder, name string, id int64, fits func(T) bool) T {
	for end := time.Now().Add(wait); ; time.Sleep(5 * time.Millisecond) {
		for _, data := range r.all(name, id) {
			if typed, ok := data.(T); ok && (fits == nil || fits(typed)) {
				return typed
			}
		}
		check(time.Now().Before(end), "%s %d did not come; it came as %+v, errors %+v", name, id, r.all(name, id), r.all("error", id))
	}
}

func (r *recorder) NextValidID(id int64)           { r.add("nextValidId", 0, id) }
func (r *recorder) ManagedAccounts(names []string) { r.add("accounts", 0, names) }
func (r *recorder) CurrentTime(t int64)            { r.add("time", 0, t) }
func (r *recorder) ConnectionClosed()              { r.add("closed", 0, true) }
func (r *recorder) Error(id ibapi.TickerID, _ int64, code int64, text string, _ string) {
	r.add("error", id, complaint{code, text})
	r.add("error", math.MinInt64, complaint{code, text})
}
func (r *recorder) ContractDetails(id int64, details *ibapi.ContractDetails) {
	r.add("details", id, *details)
}
func (r *recorder) BondContractDetails(id int64, details *ibapi.ContractDetails) {
	r.add("details", id, *details)
}
func (r *recorder) ContractDetailsEnd(id int64) { r.add("detailsEnd", id, true) }
func (r *recorder) SymbolSamples(id int64, samples []ibapi.ContractDescription) {
	r.add("samples", id, samples)
}
func (r *recorder) TickPrice(id ibapi.TickerID, kind ibapi.TickType, value float64, _ ibapi.TickAttrib) {
	r.add("price", id, price{kind, value})
}
func (r *recorder) TickOptionComputation(id ibapi.TickerID, kind ibapi.TickType, _ int64, volatility, delta, value, _, gamma, _, theta, under float64) {
	r.add("greeks", id, greeks{kind, volatility, delta, value, gamma, theta, under})
}
func (r *recorder) TickSnapshotEnd(id int64) { r.add("snapshotEnd", id, true) }
func (r *recorder) TickByTickAllLast(id int64, _ int64, at int64, value float64, size ibapi.Decimal, _ ibapi.TickAttribLast, exchange string, _ string) {
	r.add("trade", id, []float64{float64(at), value, size.Float()})
}
func (r *recorder) UpdateMktDepthL2(id ibapi.TickerID, _ int64, maker string, operation int64, side int64, value float64, size ibapi.Decimal, smart bool) {
	r.add("depth", id, []any{maker, operation, side, value, size.Float(), smart})
}
func (r *recorder) RealtimeBar(id int64, at int64, open, high, low, close float64, volume ibapi.Decimal, _ ibapi.Decimal, _ int64) {
	r.add("fiveSeconds", id, []float64{float64(at), open, high, low, close, volume.Float()})
}
func (r *recorder) HistoricalData(id int64, bar *ibapi.Bar) { r.add("bar", id, *bar) }
func (r *recorder) HistoricalDataEnd(id int64, start string, end string) {
	r.add("barsEnd", id, start+" "+end)
}
func (r *recorder) HeadTimestamp(id int64, text string) { r.add("head", id, text) }
func (r *recorder) HistogramData(id int64, levels []ibapi.HistogramData) {
	r.add("histogram", id, levels)
}
func (r *recorder) HistoricalTicksLast(id int64, ticks []ibapi.HistoricalTickLast, done bool) {
	r.add("pastTrades", id, ticks)
}
func (r *recorder) HistoricalSchedule(id int64, _, _, zone string, sessions []ibapi.HistoricalSession) {
	r.add("schedule", id, sessions)
}
func (r *recorder) SecurityDefinitionOptionParameter(id int64, exchange string, conID int64, class string, multiplier string, expirations []string, strikes []float64) {
	r.add("chain", id, chain{exchange, conID, class, multiplier, expirations, strikes})
}
func (r *recorder) SecurityDefinitionOptionParameterEnd(id int64) { r.add("chainEnd", id, true) }
func (r *recorder) OrderStatus(id ibapi.OrderID, text string, filled, remaining ibapi.Decimal, average float64, permID int64, _ int64, _ float64, _ int64, whyHeld string, _ float64) {
	r.add("status", id, status{text, filled.Float(), remaining.Float(), average, permID, whyHeld})
}
func (r *recorder) OpenOrder(id ibapi.OrderID, contract *ibapi.Contract, order *ibapi.Order, state *ibapi.OrderState) {
	r.add("open", id, opened{*contract, *order, *state})
}
func (r *recorder) OpenOrderEnd() { r.add("openEnd", 0, true) }
func (r *recorder) ExecDetails(id int64, contract *ibapi.Contract, execution *ibapi.Execution) {
	r.add("execution", id, executed{*contract, *execution})
}
func (r *recorder) ExecDetailsEnd(id int64) { r.add("executionsEnd", id, true) }
func (r *recorder) CommissionAndFeesReport(report ibapi.CommissionAndFeesReport) {
	r.add("commission", 0, report)
}
func (r *recorder) CompletedOrder(contract *ibapi.Contract, order *ibapi.Order, state *ibapi.OrderState) {
	r.add("completed", 0, opened{*contract, *order, *state})
}
func (r *recorder) CompletedOrdersEnd() { r.add("completedEnd", 0, true) }
func (r *recorder) Position(name string, contract *ibapi.Contract, position ibapi.Decimal, cost float64) {
	r.add("position", 0, holding{*contract, position.Float(), cost})
}
func (r *recorder) PositionEnd() { r.add("positionEnd", 0, true) }
func (r *recorder) AccountSummary(id int64, name, tag, value, currency string) {
	r.add("summary", id, []string{name, tag, value, currency})
}
func (r *recorder) AccountSummaryEnd(id int64) { r.add("summaryEnd", id, true) }
func (r *recorder) UpdateAccountValue(tag, value, currency, name string) {
	r.add("value", 0, []string{name, tag, value, currency})
}
func (r *recorder) UpdatePortfolio(contract *ibapi.Contract, position ibapi.Decimal, mark, value, cost, _, _ float64, name string) {
	r.add("portfolio", 0, []float64{float64(contract.ConID), position.Float(), mark, value, cost})
}
func (r *recorder) AccountDownloadEnd(string) { r.add("valuesEnd", 0, true) }
func (r *recorder) PnlSingle(id int64, position ibapi.Decimal, _, _, _ float64, value float64) {
	r.add("pnl", id, []float64{position.Float(), value})
}
func (r *recorder) NewsProviders(providers []ibapi.NewsProvider) { r.add("providers", 0, providers) }
func (r *recorder) ScannerData(id int64, rank int64, details *ibapi.ContractDetails, _, _, _, _ string) {
	r.add("scan", id, details.Contract.Symbol)
}
func (r *recorder) ScannerDataEnd(id int64) { r.add("scanEnd", id, true) }

func control(port, method, path, body string) map[string]any {
	request, err := http.NewRequest(method, "http://127.0.0.1:"+port+path, strings.NewReader(body))
	check(err == nil, "%v", err)
	request.Header.Set("content-type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	check(err == nil && answer.StatusCode < 300, "%v %v", err, answer)
	defer answer.Body.Close()
	var parsed map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&parsed)
	return parsed
}

func near(left, right, part float64) bool { return math.Abs(left-right) < part*math.Abs(right) }

func stock(symbol string) *ibapi.Contract {
	contract := ibapi.NewContract()
	contract.Symbol, contract.SecType, contract.Exchange, contract.Currency = symbol, "STK", "SMART", "USD"
	return contract
}

func connect(port string) (*recorder, *ibapi.EClient, int64) {
	number, _ := strconv.Atoi(port)
	r := &recorder{}
	client := ibapi.NewEClient(r)
	check(client.Connect("127.0.0.1", number, 7) == nil, "no connection")
	names := want[[]string](r, "accounts", 0, nil)
	check(names[0] == account, "%v", names)
	return r, client, want[int64](r, "nextValidId", 0, nil)
}

func contracts(r *recorder, client *ibapi.EClient) {
	client.ReqContractDetails(1, stock("SPY"))
	want[bool](r, "detailsEnd", 1, nil)
	spy := want[ibapi.ContractDetails](r, "details", 1, nil)
	check(spy.Contract.ConID == spyID && spy.MinTick == 0.01 && spy.StockType == "ETF" && spy.TimeZoneID == "US/Eastern" && spy.LongName != "", "%+v", spy)
	check(spy.MinSize.Float() > 0 && strings.Contains(spy.ValidExchanges, "SMART") && strings.Contains(spy.OrderTypes, "LMT"), "%+v", spy)
	client.ReqMatchingSymbols(2, "AAPL")
	samples := want[[]ibapi.ContractDescription](r, "samples", 2, nil)
	check(samples[0].Contract.ConID == 265598, "%+v", samples)
	client.ReqContractDetails(3, stock("NOSUCHTHING"))
	want(r, "error", 3, func(c complaint) bool { return c.code == 200 })
	bond := ibapi.NewContract()
	bond.Symbol, bond.SecType, bond.Exchange, bond.Currency = "US-T", "BOND", "SMART", "USD"
	client.ReqContractDetails(4, bond)
	found := want[ibapi.ContractDetails](r, "details", 4, nil)
	check(found.Contract.SecType == "BOND" && found.Coupon > 0 && found.Maturity != "", "%+v", found)
	fmt.Printf("contracts: %s, %d samples of AAPL, a bond of %v %%\n", string(spy.LongName), len(samples), found.Coupon)
}

func quotes(r *recorder, client *ibapi.EClient) float64 {
	spy := stock("SPY")
	client.ReqMktData(20, spy, "233,236", false, false, nil)
	tick := func(kind ibapi.TickType) float64 {
		return want(r, "price", 20, func(p price) bool { return p.kind == kind && p.price > 0 }).price
	}
	bid, ask, last := tick(ibapi.BID), tick(ibapi.ASK), tick(ibapi.LAST)
	check(bid < ask && near(last, bid, 0.01), "%v %v %v", bid, ask, last)
	client.CancelMktData(20)
	client.ReqMktData(21, spy, "", true, false, nil)
	want[bool](r, "snapshotEnd", 21, nil)
	client.ReqTickByTickData(22, spy, "AllLast", 0, false)
	trade := want[[]float64](r, "trade", 22, nil)
	check(math.Abs(trade[0]-float64(time.Now().Unix())) < 60 && near(trade[1], last, 0.01) && trade[2] > 0, "%v", trade)
	client.CancelTickByTickData(22)
	client.ReqMktDepth(23, spy, 5, true, nil)
	row := want(r, "depth", 23, func(row []any) bool { return row[2].(int64) == 1 })
	check(row[0] != "" && row[1].(int64) == 0 && near(row[3].(float64), bid, 0.01) && row[4].(float64) > 0 && row[5].(bool), "%v", row)
	client.CancelMktDepth(23, true)
	client.ReqRealTimeBars(24, spy, 5, "TRADES", false, nil)
	bar := want[[]float64](r, "fiveSeconds", 24, nil)
	check(math.Mod(bar[0], 5) == 0 && bar[3] <= bar[1] && bar[1] <= bar[2] && bar[3] <= bar[4] && bar[4] <= bar[2], "%v", bar)
	client.CancelRealTimeBars(24)
	fmt.Printf("quotes: %v x %v, last %v, a five-second bar closed at %v\n", bid, ask, last, bar[4])
	return bid
}

func history(r *recorder, client *ibapi.EClient) {
	spy := stock("SPY")
	client.ReqHistoricalData(30, spy, "", "1 D", "5 mins", "TRADES", true, 1, false, nil)
	want[string](r, "barsEnd", 30, nil)
	bars := r.all("bar", 30)
	check(len(bars) > 0 && len(bars) <= 78, "%d bars", len(bars))
	for _, one := range bars {
		bar := one.(ibapi.Bar)
		check(bar.Low <= math.Min(bar.Open, bar.Close) && bar.High >= math.Max(bar.Open, bar.Close) && bar.Volume.Float() > 0 && bar.BarCount > 0, "%+v", bar)
	}
	client.ReqHeadTimeStamp(31, spy, "TRADES", true, 1)
	head := want[string](r, "head", 31, nil)
	check(len(head) == 17, "%s", head)
	client.ReqHistogramData(32, spy, true, "3 days")
	levels := want[[]ibapi.HistogramData](r, "histogram", 32, nil)
	check(len(levels) > 0 && levels[0].Price > 0 && levels[0].Size.Float() > 0, "%+v", levels)
	client.ReqHistoricalTicks(33, spy, time.Now().UTC().Add(-time.Hour).Format("20060102-15:04:05"), "", 10, "TRADES", false, true, nil)
	trades := want[[]ibapi.HistoricalTickLast](r, "pastTrades", 33, nil)
	check(len(trades) >= 10 && trades[0].Price > 0 && trades[0].Size.Float() > 0, "%+v", trades)
	client.ReqHistoricalData(34, spy, "", "1 W", "1 day", "SCHEDULE", true, 1, false, nil)
	sessions := want[[]ibapi.HistoricalSession](r, "schedule", 34, nil)
	check(len(sessions) >= 4 && sessions[0].RefDate != "", "%+v", sessions)
	last := bars[len(bars)-1].(ibapi.Bar)
	fmt.Printf("history: %d bars, the last %s %v; since %s; %d levels\n", len(bars), last.Date, last.Close, head, len(levels))
}

func options(r *recorder, client *ibapi.EClient, bid float64) {
	client.ReqSecDefOptParams(40, "SPY", "", "STK", spyID)
	want[bool](r, "chainEnd", 40, nil)
	found := want(r, "chain", 40, func(c chain) bool { return c.exchange == "SMART" })
	check(found.conID == spyID && found.multiplier == "100" && len(found.strikes) > 10, "%+v", found)
	sort.Strings(found.expirations)
	strike := found.strikes[0]
	for _, one := range found.strikes {
		if math.Abs(one-bid) < math.Abs(strike-bid) {
			strike = one
		}
	}
	call := stock("SPY")
	call.SecType, call.LastTradeDateOrContractMonth, call.Strike, call.Right, call.TradingClass = "OPT", found.expirations[1], strike, "C", found.class
	client.ReqContractDetails(41, call)
	details := want[ibapi.ContractDetails](r, "details", 41, nil)
	check(details.Contract.Strike == strike && details.UnderConID == spyID && details.Contract.Multiplier == "100", "%+v", details)
	client.ReqMktData(42, &details.Contract, "", false, false, nil)
	model := want(r, "greeks", 42, func(g greeks) bool { return g.kind == ibapi.MODEL_OPTION && g.delta > 0 && g.delta < 1 })
	check(model.volatility > 0 && model.volatility < 3 && near(model.under, bid, 0.05) && model.theta < 0 && model.gamma > 0, "%+v", model)
	client.CancelMktData(42)
	client.CalculateOptionPrice(43, &details.Contract, 0.3, bid, nil)
	priced := want[greeks](r, "greeks", 43, nil)
	client.CalculateImpliedVolatility(44, &details.Contract, priced.price, bid, nil)
	back := want[greeks](r, "greeks", 44, nil)
	check(priced.price > 0 && math.Abs(back.volatility-0.3) < 0.005, "%+v %+v", priced, back)
	fmt.Printf("options: %s, delta %.3f; 30 %% gives %.2f and back %.3f\n", details.Contract.LocalSymbol, model.delta, priced.price, back.volatility)
}

func trading(r *recorder, client *ibapi.EClient, next int64, bid float64, controlPort string) (market, stop, permID int64) {
	spy := stock("SPY")
	ten := ibapi.StringToDecimal("10")
	whatIf := ibapi.MarketOrder("BUY", ten)
	whatIf.WhatIf = true
	client.PlaceOrder(next, spy, whatIf)
	state := want[opened](r, "open", next, nil).state
	margin, err := strconv.ParseFloat(fmt.Sprint(state.InitMarginChange), 64)
	check(err == nil && margin > 0, "%+v", state)

	market = next + 1
	order := ibapi.MarketOrder("BUY", ten)
	order.OrderRef = "tour"
	client.PlaceOrder(market, spy, order)
	filled := want(r, "status", market, func(s status) bool { return s.status == "Filled" })
	check(filled.filled == 10 && filled.remaining == 0 && filled.permID > 0, "%+v", filled)
	done := want(r, "open", market, func(o opened) bool { return o.state.Status == "Filled" })
	check(done.order.OrderRef == "tour" && done.order.TotalQuantity.Float() == 10 && done.contract.ConID == spyID, "%+v", done)
	shares, ids := 0.0, map[string]bool{}
	var last ibapi.Execution
	for _, one := range r.all("execution", -1) {
		last = one.(executed).execution
		shares += last.Shares.Float()
		ids[last.ExecID] = true
	}
	check(shares == 10 && last.CumQty.Float() == 10 && near(last.AvgPrice, filled.average, 1e-12) && last.Side == "BOT" && last.AcctNumber == account, "%+v", last)
	report := want(r, "commission", 0, func(c ibapi.CommissionAndFeesReport) bool { return ids[c.ExecID] })
	check(report.CommissionAndFees > 0 && report.Currency == "USD", "%+v", report)
	for _, one := range control(controlPort, "GET", "/state", "")["executions"].([]any) {
		check(ids[one.(map[string]any)["execId"].(string)], "the witness has %v", one)
	}

	limit := market + 1
	client.PlaceOrder(limit, spy, ibapi.LimitOrder("BUY", ten, 1.25))
	want(r, "status", limit, func(s status) bool { return s.status == "Submitted" })
	check(want[opened](r, "open", limit, nil).order.LmtPrice == 1.25, "limit price")
	client.CancelOrder(limit, ibapi.NewOrderCancel())
	want(r, "status", limit, func(s status) bool { return s.status == "Cancelled" })
	want(r, "error", limit, func(c complaint) bool { return c.code == 202 })

	stop = limit + 1
	client.PlaceOrder(stop, spy, ibapi.Stop("SELL", ten, math.Round(bid*50)/100))
	held := want(r, "status", stop, func(s status) bool { return s.status == "PreSubmitted" && s.whyHeld == "trigger" })
	fmt.Printf("trading: 10 filled at %v, commission %v; one cancelled; a stop rests with permId %d\n", filled.average, report.CommissionAndFees, held.permID)
	return market, stop, held.permID
}

func accounts(r *recorder, client *ibapi.EClient) {
	client.ReqPositions()
	want[bool](r, "positionEnd", 0, nil)
	owned := want(r, "position", 0, func(h holding) bool { return h.contract.ConID == spyID })
	check(owned.position == 10 && owned.cost > 0, "%+v", owned)
	client.ReqAccountSummary(60, "All", "NetLiquidation,BuyingPower")
	want[bool](r, "summaryEnd", 60, nil)
	line := want(r, "summary", 60, func(l []string) bool { return l[1] == "NetLiquidation" })
	worth, _ := strconv.ParseFloat(line[2], 64)
	check(worth > 0 && line[0] == account && line[3] == "USD", "%v", line)
	client.CancelAccountSummary(60)
	client.ReqAccountUpdates(true, account)
	want[bool](r, "valuesEnd", 0, nil)
	value := want(r, "value", 0, func(l []string) bool { return l[1] == "NetLiquidation" && l[3] == "USD" })
	again, _ := strconv.ParseFloat(value[2], 64)
	check(math.Abs(again-worth) < 1000, "%v %v", again, worth)
	shares := want(r, "portfolio", 0, func(l []float64) bool { return l[0] == spyID })
	check(shares[1] == 10 && math.Abs(shares[3]-10*shares[2]) < 0.01, "%v", shares)
	client.ReqAccountUpdates(false, account)
	client.ReqPnLSingle(61, account, "", spyID)
	pnl := want[[]float64](r, "pnl", 61, nil)
	check(pnl[0] == 10 && pnl[1] > 0, "%v", pnl)
	client.CancelPnLSingle(61)
	fmt.Printf("account: 10 SPY at %v, net liquidation %v\n", owned.cost, worth)
}

func newsAndScans(r *recorder, client *ibapi.EClient) {
	client.ReqNewsProviders()
	providers := want[[]ibapi.NewsProvider](r, "providers", 0, nil)
	check(len(providers) == 2, "%+v", providers)
	scan := ibapi.NewScannerSubscription()
	scan.Instrument, scan.LocationCode, scan.ScanCode, scan.NumberOfRows = "STK", "STK.US.MAJOR", "MOST_ACTIVE", 5
	client.ReqScannerSubscription(50, scan, nil, nil)
	want[bool](r, "scanEnd", 50, nil)
	rows := r.all("scan", 50)
	check(len(rows) == 5 && rows[0].(string) != "", "%v", rows)
	client.CancelScannerSubscription(50)
	fmt.Printf("news and scans: %d providers, most active %v\n", len(providers), rows[0])
}

func afterTheCut(port, controlPort string, market, stop, permID int64) *recorder {
	r, client, next := connect(port)
	check(next > stop, "next id %d after %d", next, stop)
	client.ReqOpenOrders()
	want[bool](r, "openEnd", 0, nil)
	working := r.all("open", stop)
	check(len(working) > 0, "the stop is gone")
	kept := working[0].(opened).order
	check(kept.PermID == permID && kept.OrderType == "STP" && kept.TotalQuantity.Float() == 10, "%+v", kept)
	client.ReqExecutions(70, ibapi.NewExecutionFilter())
	want[bool](r, "executionsEnd", 70, nil)
	shares := 0.0
	for _, one := range r.all("execution", 70) {
		check(one.(executed).execution.OrderID == market, "%+v", one)
		shares += one.(executed).execution.Shares.Float()
	}
	check(shares == 10, "%v shares", shares)
	client.ReqCompletedOrders(false)
	want[bool](r, "completedEnd", 0, nil)
	filled := want(r, "completed", 0, func(o opened) bool { return o.state.Status == "Filled" })
	check(filled.order.OrderRef == "tour" && filled.order.FilledQuantity.Float() == 10, "%+v", filled)
	client.ReqGlobalCancel(ibapi.NewOrderCancel())
	want(r, "status", stop, func(s status) bool { return s.status == "Cancelled" })
	check(len(control(controlPort, "GET", "/state", "")["openOrders"].([]any)) == 0, "orders are left")
	fmt.Printf("connected again: the stop was still there, %d completed orders\n", len(r.all("completed", 0)))
	_ = client.Disconnect()
	return r
}

func main() {
	ibapi.SetLogLevel(4) // fatal errors only: the checks judge the rest
	port, controlPort := os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]
	started := time.Now()
	time.AfterFunc(60*time.Second, func() { check(false, "not done after 60 s") })
	r, client, next := connect(port)
	check(client.ServerVersion() == 193, "server version %d", client.ServerVersion())
	client.ReqCurrentTime()
	off := want[int64](r, "time", 0, nil) - time.Now().Unix()
	check(off > -5 && off < 5, "%d s off", off)
	fmt.Printf("connected, server version %d, %s\n", client.ServerVersion(), client.TWSConnectionTime())
	contracts(r, client)
	bid := quotes(r, client)
	history(r, client)
	options(r, client, bid)
	newsAndScans(r, client)
	market, stop, permID := trading(r, client, next, bid, controlPort)
	accounts(r, client)
	control(controlPort, "POST", "/faults", `{"type":"drop","how":"rst"}`)
	want[bool](r, "closed", 0, nil)
	second := afterTheCut(port, controlPort, market, stop, permID)
	expected := map[int64]bool{161: true, 162: true, 200: true, 202: true, 2104: true, 2106: true, 2107: true, 2108: true, 2110: true, 2152: true, 2158: true, 504: true, 507: true, 509: true}
	for _, one := range append(r.all("error", math.MinInt64), second.all("error", math.MinInt64)...) {
		check(expected[one.(complaint).code], "unexpected: %+v", one)
	}
	fmt.Printf("Go scmhub/ibapi: every step passed in %.1f s\n", time.Since(started).Seconds())
	os.Exit(0)
}
