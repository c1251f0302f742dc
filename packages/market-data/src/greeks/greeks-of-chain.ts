import { UsageError } from '@ibkit/error-codes';
import { inTradersUnits } from './greeks.js';
import type { OptionGreeks } from './greeks.js';
import { checkedPrice, solveVolatility } from './implied-volatility.js';
import type { ImpliedVolatilityFailure } from './implied-volatility.js';
import { checkedVolatility, termsFor } from './option-terms.js';
import type { OptionContract, OptionMarket } from './option-terms.js';
import { PricingModel } from './pricing-model.js';

/** One contract of a chain, with its volatility, or with the price that its volatility is sought from. */
export interface ChainRow extends OptionContract {
  /** Per year: 0.25 is 25 %; 0 to 10. Not together with `price`. */
  readonly volatility?: number | undefined;
  /** What the option costs, per unit of the underlying. Not together with `volatility`. */
  readonly price?: number | undefined;
}

/** The Greeks of one row, or why it has none. */
export type ChainGreeks<Row extends ChainRow = ChainRow> =
  | {
      readonly ok: true;
      readonly row: Row;
      /** The row's own, or the one implied by its price. */
      readonly volatility: number;
      readonly greeks: OptionGreeks;
    }
  | { readonly ok: false; readonly row: Row; readonly reason: ImpliedVolatilityFailure | 'no-price'; readonly message: string };

/**
 * The Greeks of many contracts on one underlying at one moment, in their order. A row that has no Greeks says why, and the others are not
 * affected: `no-price` when it has neither volatility nor price, else the reasons of `impliedVolatility`.
 *
 * It computes without a pause: give a chain of thousands of American contracts in portions, or in a worker, where an event loop must answer.
 * @throws {@link UsageError} naming the field (`rows[3].strike`), its value and the rule.
 */
export function greeksOfChain<Row extends ChainRow>(rows: readonly Row[], market: OptionMarket): readonly ChainGreeks<Row>[] {
  const model = new PricingModel();
  const toTerms = termsFor(market);
  return rows.map((row, index): ChainGreeks<Row> => {
    const path = `rows[${index}].`;
    const terms = toTerms(row, path);
    if (row.volatility !== undefined && row.price !== undefined) {
      throw new UsageError({ field: `${path}volatility`, value: row.volatility, rule: 'must not be given together with price' });
    }
    if (row.volatility !== undefined) {
      const volatility = checkedVolatility(`${path}volatility`, row.volatility);
      return { ok: true, row, volatility, greeks: inTradersUnits(model.greeks(terms, volatility)) };
    }
    if (row.price === undefined) return { ok: false, row, reason: 'no-price', message: 'The row has neither a volatility nor a price' };
    const solution = solveVolatility(model, terms, checkedPrice(`${path}price`, row.price));
    if (!solution.converged) return { ok: false, row, reason: solution.reason, message: solution.message };
    return { ok: true, row, volatility: solution.volatility, greeks: inTradersUnits(model.greeks(terms, solution.volatility)) };
  });
}
