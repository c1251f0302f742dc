import { UsageError } from '@ibkit/error-codes';
import { isOption } from '../market/instrument.js';
import type { Instrument } from '../market/instrument.js';
import type { Position } from './brokerage.js';
import type { LedgerRecord } from './snapshot.js';

/** A position in the books. */
interface Holding {
  readonly instrument: Instrument;
  quantity: number;
  /** What opening it cost, for those whose price is not paid (see {@link isMargined}). */
  openCommission: number;
  /** USD per unit of quantity, with commissions and times the multiplier; 0 when nothing is held. */
  averageCost: number;
  realized: number;
}

/** A fill as the books need it. */
export interface LedgerFill {
  /** Under which the fill can be corrected later. */
  readonly execId?: string | undefined;
  readonly instrument: Instrument;
  /** Above 0 for bought, below 0 for sold. */
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
}

interface BookedFill extends LedgerFill {
  /** USD for one unit of the instrument's currency when it was booked. */
  readonly rate: number;
}

/** Numbers of an account that follow from its books and the market's prices. USD. */
export interface AccountFigures {
  readonly cash: number;
  readonly stockValue: number;
  readonly optionValue: number;
  readonly grossPositionValue: number;
  readonly netLiquidation: number;
  readonly equityWithLoan: number;
  readonly initMargin: number;
  readonly maintMargin: number;
  readonly regTMargin: number;
  readonly realized: number;
  readonly unrealized: number;
}

/** Price of an instrument for valuation; undefined when the market has none. */
export type MarkOf = (conId: number) => number | undefined;

/** USD for one unit of a currency. */
export type RateOf = (currency: string) => number;

/** Futures and contracts for difference: nothing but profit and loss is ever paid. */
function isMargined({ secType }: Instrument): boolean {
  return secType === 'FUT' || secType === 'CFD';
}

/** House margin of stocks within the day. */
const STOCK_MARGIN = 0.25;
const REG_T_MARGIN = 0.5;
/** Share of the underlying's value that a short option ties up, above its own value. */
const SHORT_OPTION_MARGIN = 0.2;
/** Share of the value of everything else. */
const MARGIN_SHARES: Readonly<Record<string, number>> = { FUT: 0.08, CFD: 0.25, CASH: 0.03, CRYPTO: 1, BOND: 0.1 };

/** A size without the noise of binary fractions. */
function wholeUnits(quantity: number): number {
  return Number(quantity.toFixed(8));
}

/** A bond's price is a percentage of 1000 of face value. */
const BOND_UNIT = 10;

function multiplierOf({ secType, multiplier }: Instrument): number {
  return multiplier ?? (secType === 'BOND' ? BOND_UNIT : 1);
}

/**
 * The books of one account. At every moment, up to rounding:
 * cash + the positions' market value = start cash + realized + unrealized profit.
 * Of futures and contracts for difference not the value counts but the profit since the opening.
 */
export class Ledger {
  readonly account: string;
  #startCash: number;
  readonly #markOf: MarkOf;
  readonly #rateOf: RateOf;
  readonly #holdings = new Map<number, Holding>();
  /** What the fills were booked upon: nothing, or what was kept over a restart. */
  #base: { readonly cash: number; readonly holdings: readonly Holding[] };
  #fills: BookedFill[] = [];
  #cash: number;

  constructor(account: string, startCash: number, markOf: MarkOf, rateOf: RateOf = () => 1) {
    this.account = account;
    this.#startCash = startCash;
    this.#cash = startCash;
    this.#base = { cash: startCash, holdings: [] };
    this.#markOf = markOf;
    this.#rateOf = rateOf;
  }

  get startCash(): number {
    return this.#startCash;
  }

  /** What must be kept of it. */
  record(): LedgerRecord {
    return { account: this.account, startCash: this.#startCash, cash: this.#cash, holdings: [...this.#holdings.values()].map((holding) => ({ ...holding })) };
  }

  /** Goes on from what was kept; `instrumentOf` gives the universe's instrument for a kept one. */
  restore(record: LedgerRecord, instrumentOf: (kept: Instrument) => Instrument): void {
    this.#startCash = record.startCash;
    this.#cash = record.cash;
    this.#holdings.clear();
    for (const holding of record.holdings) {
      const instrument = instrumentOf(holding.instrument);
      this.#holdings.set(instrument.conId, { ...holding, instrument, openCommission: holding.openCommission ?? 0 });
    }
    this.#base = { cash: this.#cash, holdings: [...this.#holdings.values()].map((holding) => ({ ...holding })) };
    this.#fills = [];
  }

  /** How much of an instrument the account holds; below 0 when short. */
  quantityOf(conId: number): number {
    return this.#holdings.get(conId)?.quantity ?? 0;
  }

  /** Books a fill; gives the profit that it realized, net of its share of the commission, or undefined when it only opens. */
  book(fill: LedgerFill): number | undefined {
    const booked = { ...fill, rate: this.#rateOf(fill.instrument.currency) };
    this.#fills.push(booked);
    return this.#post(booked);
  }

  /** Gives a booked fill another price and commission, and makes the books anew; gives the profit that it realized now. */
  correct(execId: string, price: number, commission: number): number | undefined {
    const place = this.#fills.findIndex((fill) => fill.execId === execId);
    const old = this.#fills[place];
    if (old === undefined) throw new UsageError({ field: 'execId', value: execId, rule: 'must be the id of a fill since the start' });
    this.#fills[place] = { ...old, price, commission };
    this.#cash = this.#base.cash;
    this.#holdings.clear();
    for (const holding of this.#base.holdings) this.#holdings.set(holding.instrument.conId, { ...holding });
    let realized: number | undefined;
    for (const [index, fill] of this.#fills.entries()) {
      const profit = this.#post(fill);
      if (index === place) realized = profit;
    }
    return realized;
  }

  #post(fill: BookedFill): number | undefined {
    const { instrument, quantity, price, commission, rate } = fill;
    const holding = this.#holdingOf(instrument);
    const unit = price * multiplierOf(instrument) * rate;
    this.#cash -= (isMargined(instrument) ? 0 : quantity * unit) + commission;
    const isOpening = holding.quantity * quantity >= 0;
    if (isOpening) {
      this.#open(holding, quantity, unit, commission);
      return undefined;
    }
    const closed = Math.min(Math.abs(quantity), Math.abs(holding.quantity));
    const closingCommission = (commission * closed) / Math.abs(quantity);
    const realized = closed * (unit - holding.averageCost) * Math.sign(holding.quantity) - closingCommission;
    holding.realized += realized;
    if (isMargined(instrument)) this.#settle(holding, closed, realized + closingCommission);
    holding.quantity = wholeUnits(holding.quantity + Math.sign(quantity) * closed);
    if (holding.quantity === 0) holding.averageCost = 0;
    const rest = Math.sign(quantity) * (Math.abs(quantity) - closed);
    if (rest !== 0) this.#open(holding, rest, unit, commission - closingCommission);
    return realized;
  }

  /** Pays out what closing part of a margined position made; what opening it cost was paid then. */
  #settle(holding: Holding, closed: number, gain: number): void {
    const opening = (holding.openCommission * closed) / Math.abs(holding.quantity);
    holding.openCommission -= opening;
    this.#cash += gain + opening;
  }

  /** Every instrument that the account ever held, in the order of the first fills. */
  positions(): readonly Position[] {
    return [...this.#holdings.values()].map((holding) => this.#positionOf(holding));
  }

  position(conId: number): Position | undefined {
    const holding = this.#holdings.get(conId);
    return holding === undefined ? undefined : this.#positionOf(holding);
  }

  /** The market's prices, each asked for once: for several figures of one moment. */
  marksOfNow(): MarkOf {
    const known = new Map<number, number | undefined>();
    return (conId) => {
      if (!known.has(conId)) known.set(conId, this.#markOf(conId));
      return known.get(conId);
    };
  }

  /** The account's numbers now, or as they would be after fills that are not booked. */
  figures(whatIf: readonly LedgerFill[] = [], markOf: MarkOf = this.marksOfNow()): AccountFigures {
    let stockValue = 0;
    let optionValue = 0;
    let gross = 0;
    let initMargin = 0;
    let regTMargin = 0;
    let realized = 0;
    let unrealized = 0;
    let cash = this.#cash;
    const quantities = new Map([...this.#holdings.values()].map((holding) => [holding.instrument, holding.quantity]));
    for (const { instrument, quantity, price, commission } of whatIf) {
      quantities.set(instrument, (quantities.get(instrument) ?? 0) + quantity);
      cash -= (isMargined(instrument) ? 0 : quantity * this.#unitsOf(instrument, price)) + commission;
    }
    for (const [instrument, quantity] of quantities) {
      const value = quantity * this.#unitValue(instrument, markOf, whatIf);
      gross += Math.abs(value);
      if (isOption(instrument)) {
        optionValue += value;
        const margin = quantity < 0 ? this.#shortOptionMargin(instrument, quantity, markOf) : 0;
        initMargin += margin;
        regTMargin += margin;
      } else {
        if (!isMargined(instrument)) stockValue += value;
        initMargin += Math.abs(value) * (MARGIN_SHARES[instrument.secType] ?? STOCK_MARGIN);
        regTMargin += Math.abs(value) * (MARGIN_SHARES[instrument.secType] ?? REG_T_MARGIN);
      }
    }
    let openProfit = 0;
    for (const holding of this.#holdings.values()) {
      realized += holding.realized;
      const profit = holding.quantity * (this.#unitValue(holding.instrument, markOf) - holding.averageCost);
      unrealized += profit;
      if (isMargined(holding.instrument)) openProfit += profit + holding.openCommission;
    }
    return {
      cash,
      stockValue,
      optionValue,
      grossPositionValue: gross,
      netLiquidation: cash + stockValue + optionValue + openProfit,
      // Long options lend nothing; what short options cost to close is a debt.
      equityWithLoan: cash + stockValue + openProfit + Math.min(0, optionValue) - this.#paperGain(whatIf, markOf),
      initMargin,
      maintMargin: initMargin,
      regTMargin,
      realized,
      unrealized,
    };
  }

  #holdingOf(instrument: Instrument): Holding {
    const known = this.#holdings.get(instrument.conId);
    if (known !== undefined) return known;
    const holding: Holding = { instrument, quantity: 0, openCommission: 0, averageCost: 0, realized: 0 };
    this.#holdings.set(instrument.conId, holding);
    return holding;
  }

  /** Adds to a position on the side that it is on; a commission makes a long one dearer and a short one cheaper. */
  #open(holding: Holding, quantity: number, unit: number, commission: number): void {
    const held = Math.abs(holding.quantity);
    const added = Math.abs(quantity);
    const cost = held * holding.averageCost + added * unit + Math.sign(quantity) * commission;
    holding.quantity = wholeUnits(holding.quantity + quantity);
    holding.averageCost = cost / (held + added);
    if (isMargined(holding.instrument)) holding.openCommission += commission;
  }

  #positionOf(holding: Holding): Position {
    const marketPrice = this.#markOf(holding.instrument.conId);
    const marketValue = marketPrice === undefined ? undefined : holding.quantity * this.#unitsOf(holding.instrument, marketPrice);
    return {
      account: this.account,
      instrument: holding.instrument,
      position: holding.quantity,
      avgCost: holding.averageCost,
      marketPrice,
      marketValue,
      unrealizedPnl: marketValue === undefined ? undefined : marketValue - holding.quantity * holding.averageCost,
      realizedPnl: holding.realized,
    };
  }

  /** What a price means in USD for one unit of the instrument. */
  #unitsOf(instrument: Instrument, price: number): number {
    return price * multiplierOf(instrument) * this.#rateOf(instrument.currency);
  }

  /** What one unit is worth: the market's price, else what it cost, so that the books still add up without a market. */
  #unitValue(instrument: Instrument, markOf: MarkOf, whatIf: readonly LedgerFill[] = []): number {
    const mark = markOf(instrument.conId);
    if (mark !== undefined) return this.#unitsOf(instrument, mark);
    const holding = this.#holdings.get(instrument.conId);
    if (holding !== undefined && holding.quantity !== 0) return holding.averageCost;
    return this.#unitsOf(instrument, whatIf.find((fill) => fill.instrument === instrument)?.price ?? 0);
  }

  /** What fills at prices better than the market's would seem to earn: an order with a limit far away must not pay for itself. */
  #paperGain(whatIf: readonly LedgerFill[], markOf: MarkOf): number {
    let gain = 0;
    for (const { instrument, quantity, price } of whatIf) {
      if (!isMargined(instrument)) gain += quantity * (this.#unitValue(instrument, markOf, whatIf) - this.#unitsOf(instrument, price));
    }
    return Math.max(0, gain);
  }

  #shortOptionMargin(instrument: Instrument, quantity: number, markOf: MarkOf): number {
    const underlying = markOf(instrument.underConId ?? 0) ?? instrument.strike ?? 0;
    return Math.abs(quantity) * SHORT_OPTION_MARGIN * underlying * multiplierOf(instrument);
  }
}
