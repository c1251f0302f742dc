import { UsageError } from '@ibkit/error-codes';
import type { Market } from '../market/market.js';
import { accountValuesOf } from './account-values.js';
import type { AccountValue, OrderImpact, PnlReading, Position, SinglePnlReading } from './brokerage.js';
import { legAction } from './combo.js';
import { commissionOf } from './commissions.js';
import { Ledger } from './ledger.js';
import type { LedgerFill, RateOf } from './ledger.js';
import type { OrderTerms } from './order-terms.js';
import { knownInstrument } from './snapshot.js';
import type { LedgerRecord } from './snapshot.js';

/** The exchange rates to USD that the market's currency pairs give; 1 for a currency without a pair. */
function dollarRates({ universe, mark }: { readonly universe: Market['universe']; readonly mark: Market['mark'] }): RateOf {
  const pairs = new Map<string, { readonly conId: number; readonly isInverse: boolean } | undefined>();
  const pairOf = (currency: string): { readonly conId: number; readonly isInverse: boolean } | undefined => {
    const [direct] = universe.find({ symbol: currency, secType: 'CASH', currency: 'USD' });
    const [inverse] = universe.find({ symbol: 'USD', secType: 'CASH', currency });
    if (direct !== undefined) return { conId: direct.conId, isInverse: false };
    return inverse === undefined ? undefined : { conId: inverse.conId, isInverse: true };
  };
  return (currency) => {
    if (currency === 'USD') return 1;
    if (!pairs.has(currency)) pairs.set(currency, pairOf(currency));
    const pair = pairs.get(currency);
    const price = pair === undefined ? undefined : mark(pair.conId);
    if (pair === undefined || price === undefined || price === 0) return 1;
    return pair.isInverse ? 1 / price : price;
  };
}

/** The books of all accounts, and what an order would do to them. */
export class AccountDesk {
  readonly accounts: readonly string[];
  readonly #market: Market;
  readonly #ledgers: ReadonlyMap<string, Ledger>;

  /** @throws UsageError when there is no account, an empty code, or one twice. */
  constructor(market: Market, accounts: readonly string[], startCash: number) {
    if (accounts.length === 0 || accounts.includes('')) throw new UsageError({ field: 'accounts', rule: 'must be one account code or more, none empty' });
    if (new Set(accounts).size !== accounts.length) throw new UsageError({ field: 'accounts', rule: 'must not name an account twice' });
    this.accounts = [...accounts];
    this.#market = market;
    // What was kept over a restart may be an option that is not listed any more.
    const markOf = (conId: number): number | undefined => (market.universe.byConId(conId) === undefined ? undefined : market.mark(conId));
    const rateOf = dollarRates({ universe: market.universe, mark: (conId) => market.mark(conId) });
    this.#ledgers = new Map(accounts.map((account) => [account, new Ledger(account, startCash, markOf, rateOf)]));
  }

  records(): readonly LedgerRecord[] {
    return [...this.#ledgers.values()].map((ledger) => ledger.record());
  }

  /** @throws UsageError when an account that was kept is not one of this simulator. */
  restore(records: readonly LedgerRecord[]): void {
    for (const record of records) {
      this.#ledger(record.account).restore(record, (kept) => knownInstrument(this.#market.universe, kept));
    }
  }

  /** Books a fill; see {@link Ledger.book}. */
  book(account: string, fill: LedgerFill): number | undefined {
    return this.#ledger(account).book(fill);
  }

  position(account: string, conId: number): Position | undefined {
    return this.#ledger(account).position(conId);
  }

  /** Every instrument that the account, or any account, ever held. */
  positions(account?: string): readonly Position[] {
    const ledgers = account === undefined ? [...this.#ledgers.values()] : [this.#ledger(account)];
    return ledgers.flatMap((ledger) => ledger.positions());
  }

  values(account: string): readonly AccountValue[] {
    return accountValuesOf(account, this.#ledger(account).figures());
  }

  pnl(account: string): PnlReading {
    const ledger = this.#ledger(account);
    const { netLiquidation, realized, unrealized } = ledger.figures();
    return { daily: netLiquidation - ledger.startCash, realized, unrealized };
  }

  pnlSingle(account: string, conId: number): SinglePnlReading | undefined {
    const position = this.position(account, conId);
    if (position === undefined) return undefined;
    const unrealized = position.unrealizedPnl ?? 0;
    return { position: position.position, daily: unrealized + position.realizedPnl, unrealized, realized: position.realizedPnl, value: position.marketValue ?? 0 };
  }

  /** Excess liquidity in percent of the net liquidation value. */
  cushionPercent(account: string): number {
    const { equityWithLoan, maintMargin, netLiquidation } = this.#ledger(account).figures();
    return netLiquidation === 0 ? 0 : ((equityWithLoan - maintMargin) / netLiquidation) * 100;
  }

  /** What the order would do to margin and equity at the prices of now; undefined while there is no price. */
  impactOf(terms: OrderTerms, quantity: number): OrderImpact | undefined {
    const fills = this.#expectedFills(terms, quantity);
    if (fills === undefined) return undefined;
    const ledger = this.#ledger(terms.account);
    const marks = ledger.marksOfNow();
    const before = ledger.figures([], marks);
    const after = ledger.figures(fills, marks);
    return {
      initMarginBefore: before.initMargin,
      maintMarginBefore: before.maintMargin,
      equityWithLoanBefore: before.equityWithLoan,
      initMarginAfter: after.initMargin,
      maintMarginAfter: after.maintMargin,
      equityWithLoanAfter: after.equityWithLoan,
      commission: fills.reduce((sum, { commission }) => sum + commission, 0),
      commissionCurrency: 'USD',
    };
  }

  /**
   * What an order needs of the funds: undefined without a price, 0 when it frees some. With the reason to reject it, in the words of TWS, when what is free, less
   * the `reserved` of the orders that work already, is not enough.
   */
  fundsNeeded(terms: OrderTerms, quantity: number, reserved: number): { readonly amount: number; readonly problem: string | undefined } {
    const impact = this.impactOf(terms, quantity);
    if (impact === undefined) return { amount: 0, problem: undefined };
    const freeBefore = impact.equityWithLoanBefore - impact.initMarginBefore;
    const freeAfter = impact.equityWithLoanAfter - impact.initMarginAfter;
    // What only costs its commission frees funds.
    if (freeAfter >= freeBefore - impact.commission) return { amount: 0, problem: undefined };
    const amount = freeBefore - freeAfter;
    if (freeAfter - reserved >= 0) return { amount, problem: undefined };
    const margin = impact.initMarginAfter + reserved;
    return {
      amount,
      problem:
        'YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE ' +
        `[${impact.equityWithLoanAfter.toFixed(2)} USD] MUST EXCEED THE INITIAL MARGIN [${margin.toFixed(2)} USD]`,
    };
  }

  /** Corrects the price of a booked fill; see {@link Ledger.correct}. */
  correct(account: string, execId: string, price: number, commission: number): number | undefined {
    return this.#ledger(account).correct(execId, price, commission);
  }

  #ledger(account: string): Ledger {
    const ledger = this.#ledgers.get(account);
    if (ledger === undefined) throw new UsageError({ field: 'account', value: account, rule: 'must be an account of this simulator' });
    return ledger;
  }

  /** The fills that an order would make at the prices of now. */
  #expectedFills(terms: OrderTerms, quantity: number): readonly LedgerFill[] | undefined {
    const isAlone = terms.legs.length === 1;
    const lmtPrice = isAlone ? terms.prices.lmtPrice : undefined;
    const fills: LedgerFill[] = [];
    for (const leg of terms.legs) {
      const { instrument } = leg;
      const action = legAction(terms.action, leg);
      const quote = this.#market.quote(instrument.conId);
      const offered = (action === 'BUY' ? quote.ask : quote.bid) ?? this.#market.mark(instrument.conId) ?? lmtPrice;
      if (offered === undefined) return undefined;
      const price = lmtPrice === undefined ? offered : action === 'BUY' ? Math.min(lmtPrice, offered) : Math.max(lmtPrice, offered);
      const units = quantity * leg.ratio;
      fills.push({ instrument, quantity: action === 'BUY' ? units : -units, price, commission: commissionOf(instrument, units, price) });
    }
    return fills;
  }
}
