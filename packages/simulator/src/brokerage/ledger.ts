import type { Instrument } from '../market/instrument.js';
import type { Position } from './brokerage.js';
import type { LedgerRecord } from './snapshot.js';

/** A position in the books. */
interface Holding {
  readonly instrument: Instrument;
  quantity: number;
  /** Per unit of quantity, with commissions and times the multiplier; 0 when nothing is held. */
  averageCost: number;
  realized: number;
}

/** A fill as the books need it. */
export interface LedgerFill {
  readonly instrument: Instrument;
  /** Above 0 for bought, below 0 for sold. */
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
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

/** House margin of stocks within the day. */
const STOCK_MARGIN = 0.25;
const REG_T_MARGIN = 0.5;
/** Share of the underlying's value that a short option ties up, above its own value. */
const SHORT_OPTION_MARGIN = 0.2;

function multiplierOf(instrument: Instrument): number {
  return instrument.multiplier ?? 1;
}

/**
 * The books of one account. At every moment, up to rounding:
 * cash + the positions' market value = start cash + realized + unrealized profit.
 */
export class Ledger {
  readonly account: string;
  #startCash: number;
  readonly #markOf: MarkOf;
  readonly #holdings = new Map<number, Holding>();
  #cash: number;

  constructor(account: string, startCash: number, markOf: MarkOf) {
    this.account = account;
    this.#startCash = startCash;
    this.#cash = startCash;
    this.#markOf = markOf;
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
      this.#holdings.set(instrument.conId, { ...holding, instrument });
    }
  }

  /** How much of an instrument the account holds; below 0 when short. */
  quantityOf(conId: number): number {
    return this.#holdings.get(conId)?.quantity ?? 0;
  }

  /** Books a fill; gives the profit that it realized, net of its share of the commission, or undefined when it only opens. */
  book(fill: LedgerFill): number | undefined {
    const { instrument, quantity, price, commission } = fill;
    const holding = this.#holdingOf(instrument);
    const unit = price * multiplierOf(instrument);
    this.#cash -= quantity * unit + commission;
    const isOpening = holding.quantity * quantity >= 0;
    if (isOpening) {
      this.#open(holding, quantity, unit, commission);
      return undefined;
    }
    const closed = Math.min(Math.abs(quantity), Math.abs(holding.quantity));
    const closingCommission = (commission * closed) / Math.abs(quantity);
    const realized = closed * (unit - holding.averageCost) * Math.sign(holding.quantity) - closingCommission;
    holding.realized += realized;
    holding.quantity += Math.sign(quantity) * closed;
    if (holding.quantity === 0) holding.averageCost = 0;
    const rest = Math.sign(quantity) * (Math.abs(quantity) - closed);
    if (rest !== 0) this.#open(holding, rest, unit, commission - closingCommission);
    return realized;
  }

  /** Every instrument that the account ever held, in the order of the first fills. */
  positions(): readonly Position[] {
    return [...this.#holdings.values()].map((holding) => this.#positionOf(holding));
  }

  position(conId: number): Position | undefined {
    const holding = this.#holdings.get(conId);
    return holding === undefined ? undefined : this.#positionOf(holding);
  }

  /** The account's numbers now, or as they would be after a fill that is not booked. */
  figures(whatIf?: LedgerFill): AccountFigures {
    let stockValue = 0;
    let optionValue = 0;
    let gross = 0;
    let initMargin = 0;
    let regTMargin = 0;
    let realized = 0;
    let unrealized = 0;
    let cash = this.#cash;
    const quantities = new Map([...this.#holdings.values()].map((holding) => [holding.instrument, holding.quantity]));
    if (whatIf !== undefined) {
      quantities.set(whatIf.instrument, (quantities.get(whatIf.instrument) ?? 0) + whatIf.quantity);
      cash -= whatIf.quantity * whatIf.price * multiplierOf(whatIf.instrument) + whatIf.commission;
    }
    for (const [instrument, quantity] of quantities) {
      const value = quantity * this.#unitValue(instrument, whatIf);
      gross += Math.abs(value);
      if (instrument.secType === 'STK') {
        stockValue += value;
        initMargin += Math.abs(value) * STOCK_MARGIN;
        regTMargin += Math.abs(value) * REG_T_MARGIN;
      } else {
        optionValue += value;
        const margin = quantity < 0 ? this.#shortOptionMargin(instrument, quantity) : 0;
        initMargin += margin;
        regTMargin += margin;
      }
    }
    for (const holding of this.#holdings.values()) {
      realized += holding.realized;
      unrealized += holding.quantity * (this.#unitValue(holding.instrument) - holding.averageCost);
    }
    return {
      cash,
      stockValue,
      optionValue,
      grossPositionValue: gross,
      netLiquidation: cash + stockValue + optionValue,
      // Long options lend nothing; what short options cost to close is a debt.
      equityWithLoan: cash + stockValue + Math.min(0, optionValue) - this.#paperGain(whatIf),
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
    const holding: Holding = { instrument, quantity: 0, averageCost: 0, realized: 0 };
    this.#holdings.set(instrument.conId, holding);
    return holding;
  }

  /** Adds to a position on the side that it is on; a commission makes a long one dearer and a short one cheaper. */
  #open(holding: Holding, quantity: number, unit: number, commission: number): void {
    const held = Math.abs(holding.quantity);
    const added = Math.abs(quantity);
    const cost = held * holding.averageCost + added * unit + Math.sign(quantity) * commission;
    holding.quantity += quantity;
    holding.averageCost = cost / (held + added);
  }

  #positionOf(holding: Holding): Position {
    const marketPrice = this.#markOf(holding.instrument.conId);
    const marketValue = marketPrice === undefined ? undefined : holding.quantity * marketPrice * multiplierOf(holding.instrument);
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

  /** What one unit is worth: the market's price, else what it cost, so that the books still add up without a market. */
  #unitValue(instrument: Instrument, whatIf?: LedgerFill): number {
    const mark = this.#markOf(instrument.conId);
    if (mark !== undefined) return mark * multiplierOf(instrument);
    const holding = this.#holdings.get(instrument.conId);
    if (holding !== undefined && holding.quantity !== 0) return holding.averageCost;
    return (whatIf?.price ?? 0) * multiplierOf(instrument);
  }

  /** What a fill at a price better than the market's would seem to earn: an order with a limit far away must not pay for itself. */
  #paperGain(whatIf: LedgerFill | undefined): number {
    if (whatIf === undefined) return 0;
    const { instrument, quantity, price } = whatIf;
    return Math.max(0, quantity * (this.#unitValue(instrument, whatIf) - price * multiplierOf(instrument)));
  }

  #shortOptionMargin(instrument: Instrument, quantity: number): number {
    const underlying = this.#markOf(instrument.underConId ?? 0) ?? instrument.strike ?? 0;
    return Math.abs(quantity) * SHORT_OPTION_MARGIN * underlying * multiplierOf(instrument);
  }
}
