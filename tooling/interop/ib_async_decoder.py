"""What ib_async's decoder makes of generated answers, field by field. Usage: ib_async_decoder.py < answers.jsonl

The answers come from dump-answers.mjs. Every field of an answer must be told with its value, and what the answer does not have must be told as
nothing. Where ib_async itself reads a version in another way than the official clients, it says so here.
"""
import dataclasses
import json
import logging
import sys
from collections import Counter
from datetime import datetime, timezone

from ib_async.decoder import Decoder

# The same field under another name.
ALIASES = {
    "primaryExch": "primaryExchange",
    "comboLegsDescription": "comboLegsDescrip",
    "yield": "yield_",
}
SCOPED = {
    ("SoftDollarTier", "value"): "val",
    ("HistogramData", "size"): "count",
    ("BarData", "wap"): "average",
    ("BarData", "count"): "barCount",
    ("HistoricalTickBidAsk", "bidPrice"): "priceBid",
    ("HistoricalTickBidAsk", "askPrice"): "priceAsk",
    ("HistoricalTickBidAsk", "bidSize"): "sizeBid",
    ("HistoricalTickBidAsk", "askSize"): "sizeAsk",
    ("FamilyCode", "familyCode"): "familyCodeStr",
    ("PriceCondition", "exchange"): "exch",
    ("VolumeCondition", "exchange"): "exch",
    ("PercentChangeCondition", "exchange"): "exch",
    ("ExecutionCondition", "exchange"): "exch",
    ("PercentChangeCondition", "percentChange"): "changePercent",
}
# Defaults of ib_async that are not nothing.
DEFAULTS = {("ContractDetails", "mdSizeMultiplier"): 1, ("Order", "transmit"): True}
CONDITIONS = {"price": 1, "time": 3, "margin": 4, "execution": 5, "volume": 6, "percentChange": 7}
NOTHING = {"", "?", 0, -1, -2, None, 2147483647, 9223372036854775807, 1.7976931348623157e308, "1.7976931348623157E308", float("inf"), False}


class Problem(Exception):
    pass


class Recorder:
    """Stands for the wrapper: keeps every call."""

    defaultTimezone = timezone.utc

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args: self.calls.append((name, list(args)))


def same(expected, actual):
    if isinstance(expected, bool) or isinstance(actual, bool):
        return bool(expected) == bool(actual)
    if expected == actual:
        return True
    if isinstance(expected, str) and isinstance(actual, str):
        # Escaped characters beyond 16 bits come out as two halves.
        return expected == actual.encode("utf-16", "surrogatepass").decode("utf-16", "replace") or numerically(expected, actual)
    return numerically(expected, actual)


def numerically(expected, actual):
    try:
        return float(expected) == float(actual)
    except (TypeError, ValueError):
        return False


def compare(expected, actual, path, left_out):
    if dataclasses.is_dataclass(actual) or hasattr(actual, "_fields"):
        owner = type(actual).__name__
        known = {f.name for f in dataclasses.fields(actual)} if dataclasses.is_dataclass(actual) else set(actual._fields)
        told = {}
        for key, value in expected.items():
            name = SCOPED.get((owner, key), ALIASES.get(key, key))
            if name not in known:
                left_out[f"{owner}.{key}"] += 1
            else:
                told[name] = value
        for name in known:
            value = getattr(actual, name)
            if name in told:
                compare(told[name], value, f"{path}.{name}", left_out)
            elif value != DEFAULTS.get((owner, name), ""):
                blank(value, f"{path}.{name}")
        return
    if isinstance(actual, datetime):
        if isinstance(expected, str):
            expected = datetime.strptime(expected, "%Y%m%d %H:%M:%S UTC").replace(tzinfo=timezone.utc).timestamp()
        actual = actual.timestamp()
    if isinstance(expected, (list, tuple)):
        if not isinstance(actual, (list, tuple)) or len(expected) != len(actual):
            raise Problem(f"{path}: {expected!r} became {actual!r}")
        for index, (one, other) in enumerate(zip(expected, actual)):
            compare(one, other, f"{path}[{index}]", left_out)
        return
    if expected is None:
        blank(actual, path)
        return
    if isinstance(expected, dict):
        raise Problem(f"{path}: {expected!r} became {actual!r}")
    if not same(expected, actual):
        raise Problem(f"{path}: {expected!r} became {actual!r}")


def blank(value, path):
    if dataclasses.is_dataclass(value):
        for f in dataclasses.fields(value):
            blank(getattr(value, f.name), f"{path}.{f.name}")
        return
    if isinstance(value, (list, tuple)):
        if value:
            raise Problem(f"{path}: came as {value!r} out of nothing")
        return
    if value not in NOTHING:
        raise Problem(f"{path}: came as {value!r} out of nothing")


def condition(c):
    made = {**c, "condType": CONDITIONS[c["type"]], "conjunction": c["conjunctionConnection"]}
    del made["type"], made["conjunctionConnection"]
    return made


def with_conditions(order):
    return {**order, "conditions": [condition(c) for c in order.get("conditions", [])]}


def escaped(text):
    """Errors come with escapes, and ib_async leaves them as they are."""
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)


RENAMED = {
    "accountValue": "updateAccountValue",
    "accountUpdateTime": "updateAccountTime",
    "completedOrderEnd": "completedOrdersEnd",
    "marketDepth": "updateMktDepth",
    "marketDepthL2": "updateMktDepthL2",
    "newsBulletins": "updateNewsBulletin",
    "realTimeBar": "realtimeBar",
    "secDefOptParameterEnd": "securityDefinitionOptionParameterEnd",
}


def mask(bits, first, second):
    return {first: bool(bits & 1), second: bool(bits & 2)}


def fields(m, *names):
    return [m.get(name) for name in names]


def expected_calls(m, names, version):
    """The calls that an answer stands for; `names` are all fields that it can have, in their order."""
    kind = m["type"]
    req = m.get("reqId")
    if kind == "errMsg":
        return [("error", [m["id"], m["code"], escaped(m["msg"]), m.get("advancedRejectJson")])]
    if kind == "tickPrice":
        return [("priceSizeTick", fields(m, "reqId", "tickType", "price", "size"))]
    if kind == "tickOptionComputation":
        return [(kind, fields(m, "reqId", "tickType", "tickAttrib", "impliedVol", "delta", "optPrice", "pvDividend", "gamma", "vega", "theta", "undPrice"))]
    if kind == "tickByTick":
        if m["kind"] == "MidPoint":
            return [("tickByTickMidPoint", fields(m, "reqId", "time", "midPoint"))]
        if m["kind"] == "BidAsk":
            return [("tickByTickBidAsk", [*fields(m, "reqId", "time", "bidPrice", "askPrice", "bidSize", "askSize"), mask(m["mask"], "bidPastLow", "askPastHigh")])]
        number = 1 if m["kind"] == "Last" else 2
        return [("tickByTickAllLast", [req, number, *fields(m, "time", "price", "size"), mask(m["mask"], "pastLimit", "unreported"), *fields(m, "exchange", "specialConditions")])]
    if kind == "openOrder":
        if version == 158:
            # The official clients read a duration from 158 on, ib_async from 159 on.
            m = {**m, "order": {**m["order"], "duration": None}}
        return [(kind, [m["orderId"], m["contract"], {**with_conditions(m["order"]), "orderId": m["orderId"]}, m["orderState"]])]
    if kind == "completedOrder":
        return [(kind, [m["contract"], with_conditions(m["order"]), m["orderState"]])]
    if kind == "execDetails":
        return [(kind, [req, m["contract"], {**m["execution"], "orderId": m["orderId"]}])]
    if kind == "commissionReport":
        return [(kind, [{key: value for key, value in m.items() if key != "type"}])]
    if kind == "portfolioValue":
        return [("updatePortfolio", [m["contract"], *fields(m, "position", "marketPrice", "marketValue", "averageCost", "unrealizedPNL", "realizedPNL", "accountName")])]
    if kind == "position":
        return [(kind, fields(m, "account", "contract", "position", "avgCost"))]
    if kind == "positionMulti":
        return [(kind, fields(m, "reqId", "account", "modelCode", "contract", "position", "avgCost"))]
    if kind == "contractDetails" and version == 163:
        # A retired field of this one version, always 1.
        return [(kind, [req, {**m["details"], "suggestedSizeIncrement": 1}])]
    if kind in ("contractDetails", "bondContractDetails"):
        return [(kind, [req, m["details"]])]
    if kind == "secDefOptParameter":
        return [("securityDefinitionOptionParameter", fields(m, "reqId", "exchange", "underlyingConId", "tradingClass", "multiplier", "expirations", "strikes"))]
    if kind == "historicalData":
        return [*[("historicalData", [req, bar]) for bar in m["bars"]], ("historicalDataEnd", fields(m, "reqId", "start", "end"))]
    if kind == "historicalTicksBidAsk":
        ticks = [{**t, "tickAttribBidAsk": mask(t["mask"], "askPastHigh", "bidPastLow")} for t in m["ticks"]]
        return [(kind, [req, [{k: v for k, v in t.items() if k != "mask"} for t in ticks], m["done"]])]
    if kind == "historicalTicksLast":
        ticks = [{**t, "tickAttribLast": mask(t["mask"], "pastLimit", "unreported")} for t in m["ticks"]]
        return [(kind, [req, [{k: v for k, v in t.items() if k != "mask"} for t in ticks], m["done"]])]
    if kind == "scannerData":
        rows = []
        for row in m["rows"]:
            details = {"contract": row["contract"], "marketName": row.get("marketName")}
            rows.append(("scannerData", [req, row["rank"], details, *fields(row, "distance", "benchmark", "projection", "legsStr")]))
        return [*rows, ("scannerDataEnd", [req])]
    if kind == "historicalSchedule":
        return [(kind, fields(m, "reqId", "startDateTime", "endDateTime", "timeZone", "sessions"))]
    return [(RENAMED.get(kind, kind), fields(m, *names))]


class Faults(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(f"{record.getMessage()[:200]} {record.exc_info[1] if record.exc_info else ''}")


def main():
    faults = Faults()
    logger = logging.getLogger("ib_async.Decoder")
    logger.addHandler(faults)
    logger.propagate = False
    problems, left_out, seen, told, versions = [], Counter(), Counter(), 0, set()
    names = {}
    for line in sys.stdin:
        item = json.loads(line)
        m, version = item["message"], item["serverVersion"]
        # The first of every kind and version is full.
        keys = names.setdefault((m["type"], version), [key for key in m if key != "type"])
        versions.add(version)
        recorder = Recorder()
        decoder = Decoder(recorder, version)
        payload = item["payload"].split("\0")
        assert payload.pop() == "", "no NUL at the end"
        seen[m["type"]] += 1
        decoder.interpret(payload)
        try:
            if faults.said:
                raise Problem(f"the decoder said {faults.said.pop()}")
            wanted = expected_calls(m, keys, version)
            if [name for name, _ in wanted] != [name for name, _ in recorder.calls]:
                raise Problem(f"called {[name for name, _ in recorder.calls]} for {[name for name, _ in wanted]}")
            for (name, expected), (_, actual) in zip(wanted, recorder.calls):
                compare(expected, actual, name, left_out)
                told += 1
        except Problem as problem:
            problems.append((m["type"], version, str(problem)))
        faults.said.clear()
    for kind, version, text in problems[:40]:
        print(f"{kind} at {version}: {text}")
    if left_out:
        print("never told:", ", ".join(sorted(left_out)))
    print(f"{sum(seen.values())} answers of {len(seen)} kinds at server versions {min(versions)} to {max(versions)}, {told} calls compared, {len(problems)} differences")
    sys.exit(1 if problems or left_out or not told else 0)


main()
