import type { OperationInput } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import type { OptionChainOptions } from '@ibkit/market-data';

type ChainInput = OperationInput<'chain'>;

/** What a question for a chain means to the market data. @throws {@link UsageError} for fields that contradict each other. */
export function chainOptions(input: ChainInput, signal: AbortSignal | undefined): OptionChainOptions {
  const { mode, exchange, tradingClass, expiries, fromExpiry, toExpiry, nextExpiries, fromStrike, toStrike, strikesEachSide, right, timeoutMs } = input;
  if (expiries !== undefined && (fromExpiry !== undefined || toExpiry !== undefined)) {
    throw new UsageError({ field: 'expiries', value: expiries.join(','), rule: 'must not be given together with fromExpiry or toExpiry' });
  }
  if (fromStrike !== undefined && toStrike !== undefined && fromStrike > toStrike) throw new UsageError({ field: 'fromStrike', value: fromStrike, rule: `must not be above toStrike (${toStrike})` });
  const range = fromExpiry === undefined && toExpiry === undefined ? undefined : { from: fromExpiry, to: toExpiry };
  return {
    mode, exchange, tradingClass, right, timeoutMs, signal,
    expiries: expiries ?? range,
    strikes: fromStrike === undefined && toStrike === undefined ? undefined : { from: fromStrike, to: toStrike },
    window: { nextExpiries, strikesEachSide },
  }; // prettier-ignore
}
