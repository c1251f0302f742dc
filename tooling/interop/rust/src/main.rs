//! rust ibapi 2.x, unmodified, against the simulator: every step is an assertion. Usage: tour [SERVER_VERSION] PORT CONTROL_PORT
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::exit;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use ibapi::accounts::types::{AccountGroup, AccountId, ContractId};
use ibapi::client::blocking::Client;
use ibapi::contracts::tick_types::TickType;
use ibapi::market_data::realtime::MarketDepths;
use ibapi::orders::{CancelOrder, Executions};
use ibapi::prelude::*;
use serde_json::Value;
use time::OffsetDateTime;

const SPY: i32 = 756733;
const ACCOUNT: &str = "DU1234567";
const WAIT: Duration = Duration::from_secs(15);

/// What the client itself logs as wrong: messages that it cannot decode or place.
struct Complaints(Mutex<Vec<String>>);

static COMPLAINTS: Complaints = Complaints(Mutex::new(Vec::new()));

impl log::Log for Complaints {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record) {
        let text = record.args().to_string();
        // Notices of the server are not complaints of the client.
        if self.enabled(record.metadata()) && !text.contains("warning_code: 21") {
            self.0.lock().unwrap().push(format!("{} {text}", record.level()));
        }
    }

    fn flush(&self) {}
}

fn control(port: u16, method: &str, path: &str, body: &str) -> Value {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("control port");
    write!(
        socket,
        "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
    if body.is_empty() { Value::Null } else { serde_json::from_str(body).expect("JSON") }
}

fn near(left: f64, right: f64, part: f64) -> bool {
    ((left - right) / right).abs() < part
}

fn until(what: &str, mut fits: impl FnMut() -> bool) {
    let end = Instant::now() + WAIT;
    while !fits() {
        assert!(Instant::now() < end, "waited too long: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The first item of a subscription that gives a value.
macro_rules! want {
    ($subscription:expr, $what:literal, $pattern:pat $(if $guard:expr)? => $value:expr) => {{
        let end = Instant::now() + WAIT;
        loop {
            assert!(Instant::now() < end, "did not come: {}", $what);
            match $subscription.next_timeout(Duration::from_millis(200)) {
                Some($pattern) $(if $guard)? => break $value,
                _ => {
                    // Asking takes the error away.
                    let error = $subscription.error();
                    assert!(error.is_none(), "{}: {error:?}", $what);
                }
            }
        }
    }};
}

fn contracts(client: &Client) {
    let details = client.contract_details(&Contract::stock("SPY").build()).unwrap();
    assert_eq!(details.len(), 1);
    let spy = &details[0];
    assert_eq!((spy.contract.contract_id, spy.min_tick, spy.stock_type.as_str()), (SPY, 0.01, "ETF"));
    assert!(spy.valid_exchanges.iter().any(|e| e == "SMART") && spy.order_types.iter().any(|t| t == "LMT") && !spy.long_name.is_empty());
    let rule = client.market_rule(spy.market_rule_ids[0].parse().unwrap()).unwrap();
    assert_eq!(rule.price_increments[0].increment, 0.01);
    let samples: Vec<_> = client.matching_symbols("AAPL").unwrap().collect();
    let apple = samples.iter().find(|s| s.contract.symbol.as_str() == "AAPL").unwrap();
    assert!(apple.contract.contract_id == 265598 && apple.derivative_security_types.iter().any(|t| t == "OPT"));
    let missing = client.contract_details(&Contract::stock("NOSUCHTHING").build());
    assert!(matches!(missing, Err(Error::Message(200, _))), "{missing:?}");
    println!("contracts: {}, {} samples of AAPL", spy.long_name, samples.len());
}

fn quotes(client: &Client, spy: &Contract) -> f64 {
    let ticks = client.market_data(spy).generic_ticks(&["233", "236"]).subscribe().unwrap();
    let (mut bid, mut ask, mut last, mut trades) = (0.0, 0.0, 0.0, String::new());
    let end = Instant::now() + WAIT;
    while bid == 0.0 || ask == 0.0 || last == 0.0 || trades.is_empty() {
        assert!(Instant::now() < end, "{bid} {ask} {last} {trades}");
        let (kind, price) = match ticks.next_timeout(Duration::from_millis(200)) {
            Some(TickTypes::PriceSize(tick)) => (tick.price_tick_type, tick.price),
            Some(TickTypes::Price(tick)) => (tick.tick_type, tick.price),
            Some(TickTypes::String(tick)) if tick.tick_type == TickType::RtVolume => {
                trades = tick.value;
                continue;
            }
            _ => continue,
        };
        match kind {
            TickType::Bid => bid = price,
            TickType::Ask => ask = price,
            TickType::Last => last = price,
            _ => {}
        }
    }
    assert!(bid < ask && near(last, bid, 0.01), "{bid} {ask} {last}");
    let parts: Vec<_> = trades.split(';').collect();
    assert!(parts.len() == 6 && near(parts[0].parse().unwrap(), last, 0.01), "{trades}");
    drop(ticks);

    let snapshot = client.market_data(spy).snapshot().subscribe().unwrap();
    want!(snapshot, "end of the snapshot", TickTypes::SnapshotEnd => ());
    let trade = {
        let trades = client.tick_by_tick_all_last(spy, 0, false).unwrap();
        want!(trades, "a trade", trade => trade)
    };
    assert!(near(trade.price, last, 0.01) && trade.size > 0.0 && !trade.exchange.is_empty(), "{trade:?}");
    assert!((trade.time - OffsetDateTime::now_utc()).abs() < time::Duration::minutes(1), "{trade:?}");
    let quote = {
        let quotes = client.tick_by_tick_bid_ask(spy, 0, false).unwrap();
        want!(quotes, "a quote", quote => quote)
    };
    assert!(quote.bid_price < quote.ask_price && quote.bid_size > 0.0, "{quote:?}");
    let middle = {
        let middles = client.tick_by_tick_midpoint(spy, 0, false).unwrap();
        want!(middles, "a midpoint", middle => middle.mid_point)
    };
    assert!(near(middle, bid, 0.01));
    let row = {
        let book = client.market_depth(spy, 5, true).unwrap();
        want!(book, "a row of the book", MarketDepths::MarketDepthL2(row) if row.side == 1 => row)
    };
    assert!(row.operation == 0 && row.smart_depth && near(row.price, bid, 0.01) && row.size > 0.0 && !row.market_maker.is_empty(), "{row:?}");
    assert!(client.market_depth_exchanges().unwrap().iter().any(|e| e.exchange_name == "NASDAQ"));
    let bar = {
        let bars = client.realtime_bars(spy, RealtimeBarSize::Sec5, RealtimeWhatToShow::Trades, TradingHours::Extended).unwrap();
        want!(bars, "a five-second bar", bar => bar)
    };
    assert!(bar.low <= bar.open && bar.open <= bar.high && bar.low <= bar.close && bar.close <= bar.high && bar.date.unix_timestamp() % 5 == 0, "{bar:?}");
    println!("quotes: {bid} x {ask}, last {last}, a five-second bar closed at {}", bar.close);
    bid
}

fn history(client: &Client, spy: &Contract) {
    if (174..196).contains(&client.server_version()) {
        // From 174 on the ends of the range name their zone, as every other client reads them; 2.12.0 expects that from 196 on only.
        let day = client.historical_data(spy, None, 1.days(), HistoricalBarSize::Min5, HistoricalWhatToShow::Trades, TradingHours::Regular);
        assert!(matches!(day, Err(Error::ParseTime(_))), "{day:?}");
    } else {
        bars(client, spy);
    }
    ticks_of_the_past(client, spy);
}

fn bars(client: &Client, spy: &Contract) {
    let day = client
        .historical_data(spy, None, 1.days(), HistoricalBarSize::Min5, HistoricalWhatToShow::Trades, TradingHours::Regular)
        .unwrap();
    assert!(!day.bars.is_empty() && day.bars.len() <= 78 && day.start < day.end, "{} bars, {} to {}", day.bars.len(), day.start, day.end);
    for bar in &day.bars {
        assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close) && bar.volume > 0.0 && bar.count > 0, "{bar:?}");
    }
    assert!(day.bars.windows(2).all(|two| two[0].date < two[1].date));
    let week = client
        .historical_data(spy, None, 1.weeks(), HistoricalBarSize::Day, HistoricalWhatToShow::MidPoint, TradingHours::Regular)
        .unwrap();
    assert!((4..=6).contains(&week.bars.len()), "{}", week.bars.len());
    let last = day.bars.last().unwrap();
    println!("bars: {}, the last {} {}; {} days", day.bars.len(), last.date, last.close, week.bars.len());
}

fn ticks_of_the_past(client: &Client, spy: &Contract) {
    let head = client.head_timestamp(spy, HistoricalWhatToShow::Trades, TradingHours::Regular).unwrap();
    assert!(head < OffsetDateTime::now_utc());
    let histogram = client.histogram_data(spy, TradingHours::Regular, HistoricalBarSize::Day).unwrap();
    assert!(!histogram.is_empty() && histogram.iter().all(|level| level.price > 0.0 && level.size > 0));
    let since = OffsetDateTime::now_utc() - time::Duration::hours(1);
    let trades: Vec<_> = client.historical_ticks_trade(spy, Some(since), None, 10, TradingHours::Extended).unwrap().into_iter().collect();
    assert!(!trades.is_empty() && trades.iter().all(|t| t.price > 0.0 && t.timestamp >= since - time::Duration::seconds(1)), "{trades:?}");
    let quotes: Vec<_> = client
        .historical_ticks_bid_ask(spy, Some(since), None, 10, TradingHours::Extended, false)
        .unwrap()
        .into_iter()
        .collect();
    assert!(!quotes.is_empty() && quotes.iter().all(|t| t.price_bid < t.price_ask), "{quotes:?}");
    let schedule = client.historical_schedules_ending_now(spy, 1.weeks()).unwrap();
    assert!(schedule.sessions.len() >= 4 && schedule.sessions.iter().all(|s| s.start < s.end), "{schedule:?}");
    println!("history: since {head}, {} levels, {} trades, {} sessions", histogram.len(), trades.len(), schedule.sessions.len());
}

fn options(client: &Client, bid: f64) {
    let chains: Vec<_> = client.option_chain("SPY", "", SecurityType::Stock, SPY).unwrap().into_iter().collect();
    let chain = chains.iter().find(|c| c.exchange == "SMART").expect("a chain for SMART");
    assert!(chain.underlying_contract_id == SPY && chain.multiplier == "100" && chain.strikes.len() > 10);
    let mut expirations = chain.expirations.clone();
    expirations.sort();
    let strike = chain.strikes.iter().copied().min_by(|a, b| (a - bid).abs().total_cmp(&(b - bid).abs())).unwrap();
    let mut wanted = Contract::option("SPY", &expirations[1], strike, "C");
    wanted.trading_class = chain.trading_class.clone();
    let details = client.contract_details(&wanted).unwrap();
    assert_eq!(details.len(), 1);
    let option = &details[0].contract;
    assert_eq!((details[0].under_contract_id, option.strike, option.right.as_str(), option.multiplier.as_str()), (SPY, strike, "C", "100"));
    let model = {
        let ticks = client.market_data(option).subscribe().unwrap();
        want!(ticks, "Greeks", TickTypes::OptionComputation(tick) if tick.field == TickType::ModelOption && tick.delta.is_some() => tick)
    };
    let (delta, volatility) = (model.delta.unwrap(), model.implied_volatility.unwrap());
    assert!((0.2..0.8).contains(&delta) && (0.01..3.0).contains(&volatility) && near(model.underlying_price.unwrap(), bid, 0.05), "{model:?}");
    assert!(model.gamma.unwrap() > 0.0 && model.theta.unwrap() < 0.0, "{model:?}");
    // 2.12.0 asks for a volatility in both of its calculators (message id 54), so the price calculator cannot be checked.
    let solved = client.calculate_implied_volatility(option, model.option_price.unwrap(), model.underlying_price.unwrap()).unwrap();
    assert!(near(solved.implied_volatility.unwrap(), volatility, 0.02), "{solved:?} is not {volatility}");
    println!("options: {} chains, {}, delta {delta:.3}, volatility {volatility:.3}", chains.len(), option.local_symbol);
}

fn trading(client: &Client, spy: &Contract, bid: f64, control_port: u16) -> (i32, i32, i32) {
    let market = client.next_order_id();
    let mut order = order_builder::market_order(Action::Buy, 10.0);
    order.order_ref = "tour".to_string();
    let events = client.place_order(market, spy, &order).unwrap();
    let (mut shares, mut average, mut filled, mut commission, mut ids) = (0.0, 0.0, None, 0.0, Vec::new());
    let end = Instant::now() + WAIT;
    while filled.is_none() || commission == 0.0 || shares < 10.0 {
        assert!(Instant::now() < end, "{filled:?} {commission} {shares}");
        match events.next_timeout(Duration::from_millis(200)) {
            Some(PlaceOrder::OrderStatus(status)) if status.status == "Filled" => filled = Some(status),
            Some(PlaceOrder::ExecutionData(data)) => {
                assert_eq!((data.execution.order_id, data.execution.side.as_str(), data.execution.account_number.as_str()), (market, "BOT", ACCOUNT));
                assert_eq!((data.contract.contract_id, data.execution.order_reference.as_str()), (SPY, "tour"));
                shares += data.execution.shares;
                average = data.execution.average_price;
                ids.push(data.execution.execution_id);
            }
            Some(PlaceOrder::CommissionReport(report)) => {
                assert!(ids.contains(&report.execution_id) && report.currency == "USD", "{report:?}");
                commission += report.commission;
            }
            Some(PlaceOrder::OpenOrder(open)) => {
                assert_eq!((open.order.order_ref.as_str(), open.order.total_quantity, open.contract.contract_id), ("tour", 10.0, SPY));
            }
            Some(PlaceOrder::Message(notice)) => panic!("{notice}"),
            _ => {}
        }
    }
    let filled = filled.unwrap();
    assert!(shares == 10.0 && filled.filled == 10.0 && filled.remaining == 0.0 && (filled.average_fill_price - average).abs() < 1e-9 && filled.perm_id > 0, "{filled:?}");
    let witness = control(control_port, "GET", "/state", "");
    let seen: Vec<_> = witness["executions"].as_array().unwrap().iter().map(|e| e["execId"].as_str().unwrap().to_string()).collect();
    assert_eq!(seen, ids);

    let limit = client.next_order_id();
    let events = client.place_order(limit, spy, &order_builder::limit_order(Action::Buy, 10.0, 1.25)).unwrap();
    want!(events, "a working limit order", PlaceOrder::OrderStatus(status) if status.status == "Submitted" => ());
    let cancelled = client.cancel_order(limit, "").unwrap();
    let end = Instant::now() + WAIT;
    let (mut gone, mut told) = (false, false);
    while !gone || !told {
        assert!(Instant::now() < end, "cancelled {gone}, told by 202 {told}");
        match cancelled.next_timeout(Duration::from_millis(100)) {
            Some(CancelOrder::OrderStatus(status)) if status.status == "Cancelled" => gone = true,
            Some(CancelOrder::Notice(notice)) if notice.code == 202 => told = true,
            _ => {}
        }
        match events.next_timeout(Duration::from_millis(100)) {
            Some(PlaceOrder::OrderStatus(status)) if status.status == "Cancelled" => gone = true,
            Some(PlaceOrder::Message(notice)) if notice.code == 202 => told = true,
            _ => {}
        }
    }

    let what_if = client.next_order_id();
    let events = client.place_order(what_if, spy, &order_builder::what_if_limit_order(Action::Buy, 10.0, bid)).unwrap();
    let state = want!(events, "a what-if", PlaceOrder::OpenOrder(open) => open.order_state);
    assert!(state.initial_margin_change.is_some_and(|change| change > 0.0) && state.equity_with_loan_after.is_some_and(|after| after > 0.0), "{state:?}");

    let stop = client.next_order_id();
    let events = client.place_order(stop, spy, &order_builder::stop(Action::Sell, 10.0, (bid * 50.0).round() / 100.0)).unwrap();
    let held = want!(events, "a resting stop", PlaceOrder::OrderStatus(status) if status.status == "PreSubmitted" && status.why_held == "trigger" => status);
    println!("trading: 10 filled at {average}, commission {commission}; one cancelled; a stop rests with permId {}", held.perm_id);
    (market, stop, held.perm_id)
}

fn account(client: &Client) {
    let positions = client.positions().unwrap();
    let position = want!(positions, "the position", PositionUpdate::Position(position) if position.contract.contract_id == SPY => position);
    assert!(position.position == 10.0 && position.average_cost > 0.0 && position.account == ACCOUNT, "{position:?}");
    want!(positions, "the end of positions", PositionUpdate::PositionEnd => ());
    positions.cancel();

    let summary = client
        .account_summary(&AccountGroup("All".to_string()), &[AccountSummaryTags::NET_LIQUIDATION, AccountSummaryTags::BUYING_POWER])
        .unwrap();
    let worth: f64 = want!(summary, "net liquidation", AccountSummaryResult::Summary(line) if line.tag == "NetLiquidation" => line.value.parse().unwrap());
    let power: f64 = want!(summary, "buying power", AccountSummaryResult::Summary(line) if line.tag == "BuyingPower" => line.value.parse().unwrap());
    want!(summary, "the end of the summary", AccountSummaryResult::End => ());
    assert!(power > worth && worth > 0.0);
    drop(summary);

    let id = AccountId(ACCOUNT.to_string());
    let updates = client.account_updates(&id).unwrap();
    let value: f64 =
        want!(updates, "the value", AccountUpdate::AccountValue(value) if value.key == "NetLiquidation" && value.currency == "USD" => value.value.parse().unwrap());
    assert!((value - worth).abs() < 1_000.0, "{value} {worth}");
    let line = want!(updates, "the portfolio", AccountUpdate::PortfolioValue(line) if line.contract.contract_id == SPY => line);
    assert!(line.position == 10.0 && (line.market_value - 10.0 * line.market_price).abs() < 0.01, "{line:?}");
    want!(updates, "the end of the updates", AccountUpdate::End => ());
    drop(updates);
    {
        let pnl = client.pnl(&id, None).unwrap();
        let pnl = want!(pnl, "profit and loss", pnl => pnl);
        assert!(pnl.unrealized_pnl.is_some_and(|value| value.abs() < 1_000.0), "{pnl:?}");
    }
    let single = {
        let single = client.pnl_single(&id, ContractId(SPY), None).unwrap();
        want!(single, "profit and loss of SPY", single => single)
    };
    assert!(single.position == 10.0 && single.value > 0.0, "{single:?}");
    assert_eq!(client.family_codes().unwrap()[0].account_id, ACCOUNT);
    println!("account: 10 SPY at {}, net liquidation {worth}", position.average_cost);
}

fn news(client: &Client) {
    assert!(client.news_providers().unwrap().iter().any(|p| p.code == "SIMN"));
    let now = OffsetDateTime::now_utc();
    let stories: Vec<_> = client.historical_news(SPY, &["SIMN", "SIMB"], now - time::Duration::days(20), now, 5).unwrap().into_iter().collect();
    assert!(!stories.is_empty() && stories.iter().all(|story| !story.headline.is_empty()), "{stories:?}");
    let body = client.news_article(&stories[0].provider_code, &stories[0].article_id).unwrap();
    assert!(!body.article_text.is_empty());
    assert!(client.scanner_parameters().unwrap().contains("<ScanParameterResponse"));
    println!("news: {} stories, '{}'", stories.len(), stories[0].headline);
}

fn after_the_cut(client: &Client, market: i32, stop: i32, perm_id: i32) {
    // The client connects again by itself and resends nothing.
    let mut working = Vec::new();
    until("open orders after the cut", || {
        let Ok(orders) = client.all_open_orders() else { return false };
        working.clear();
        while let Some(order) = orders.next_timeout(Duration::from_millis(500)) {
            if let Orders::OrderData(data) = order {
                working.push((data.order_id, data.order.perm_id, data.order.order_type, data.order.total_quantity));
            }
        }
        !working.is_empty()
    });
    assert_eq!(working, vec![(stop, perm_id, "STP".to_string(), 10.0)]);
    let mut shares = 0.0;
    for execution in client.executions(ExecutionFilter::default()).unwrap().timeout_iter(Duration::from_secs(2)) {
        if let Executions::ExecutionData(data) = execution {
            assert_eq!(data.execution.order_id, market);
            shares += data.execution.shares;
        }
    }
    assert_eq!(shares, 10.0);
    let mut completed = Vec::new();
    // Channels that several requests share still hold the news of the cut once.
    until("completed orders after the cut", || {
        for order in client.completed_orders(false).unwrap().timeout_iter(Duration::from_secs(1)) {
            if let Orders::OrderData(data) = order {
                completed.push((data.order_state.status, data.order.order_ref));
            }
        }
        !completed.is_empty()
    });
    assert!(completed.contains(&("Filled".to_string(), "tour".to_string())), "{completed:?}");
    assert!(completed.iter().any(|(status, _)| status == "Cancelled"), "{completed:?}");
    println!("connected again: the stop was still there, {} completed orders", completed.len());
}

fn tour(version: i32, port: u16, control_port: u16) {
    let started = Instant::now();
    if version != 193 {
        control(control_port, "POST", "/faults", &format!(r#"{{"type":"old-version","version":{version}}}"#));
    }
    let client = Client::connect(&format!("127.0.0.1:{port}"), 6).expect("connect");
    assert_eq!(client.server_version(), version);
    assert_eq!(client.managed_accounts().unwrap(), [ACCOUNT]);
    let off = client.server_time().unwrap() - OffsetDateTime::now_utc();
    assert!(off.abs() < time::Duration::seconds(5), "{off}");
    assert!((client.connection_time().expect("a connection time") - OffsetDateTime::now_utc()).abs() < time::Duration::seconds(5));
    println!("connected, server version {}, the clock is {off} off", client.server_version());

    let spy = Contract::stock("SPY").build();
    contracts(&client);
    let bid = quotes(&client, &spy);
    history(&client, &spy);
    options(&client, bid);
    news(&client);
    let (market, stop, perm_id) = trading(&client, &spy, bid, control_port);
    account(&client);
    let amiss = std::mem::take(&mut *COMPLAINTS.0.lock().unwrap());
    assert!(amiss.is_empty(), "{amiss:#?}");

    control(control_port, "POST", "/faults", r#"{"type":"drop","how":"rst"}"#);
    until("the cut", || control(control_port, "GET", "/state", "")["connections"] == 0 || COMPLAINTS.0.lock().unwrap().iter().any(|line| line.contains("onnect")));
    after_the_cut(&client, market, stop, perm_id);
    client.global_cancel().unwrap();
    until("the global cancel", || control(control_port, "GET", "/state", "")["openOrders"].as_array().unwrap().is_empty());
    println!("rust ibapi: every step passed at server version {version} in {:.1} s", started.elapsed().as_secs_f64());
}

fn main() {
    log::set_logger(&COMPLAINTS).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let ports: Vec<u16> = std::env::args().skip(1).map(|text| text.parse().expect("a port")).collect();
    // Some calls of the client wait for ever: the tour does not.
    thread::spawn(|| {
        thread::sleep(Duration::from_secs(60));
        eprintln!("rust ibapi: not done after 60 s; it said {:#?}", COMPLAINTS.0.lock().unwrap());
        exit(1);
    });
    match ports[..] {
        [version, port, control_port] => tour(version.into(), port, control_port),
        [port, control_port] => tour(193, port, control_port),
        _ => panic!("usage: tour [SERVER_VERSION] PORT CONTROL_PORT"),
    }
}
