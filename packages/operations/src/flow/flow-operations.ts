import type { BrokerOperations, OperationInput } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { notConfiguredError } from '../not-configured.js';
import type { ResolvedOperationsOptions } from '../options.js';
import { known } from '../views/known.js';
import { flowSpan } from './flow-span.js';
import type { FlowPort, FlowSpanOptions } from './flow-port.js';

/** What the flow operation works with. */
export type FlowDeps = Pick<ResolvedOperationsOptions, 'flow'>;

type FlowInput = OperationInput<'flow'>;
type FlowAnswer = Awaited<ReturnType<BrokerOperations['flow']>>;

/** The options flow service: each view as its client gives it, with every field that the service sent. */
export function flowOperations({ flow }: FlowDeps): Pick<BrokerOperations, 'flow'> {
  return {
    flow: async (input, { signal } = {}) => {
      if (flow === undefined) throw notConfiguredError('flow');
      return answerOf(flow, input, signal);
    },
  };
}

async function answerOf(flow: FlowPort, input: FlowInput, signal: AbortSignal | undefined): Promise<FlowAnswer> {
  const { view } = input;
  switch (view) {
    case 'status': {
      refuseAll(input);
      const { systemStatus, marketOpen, raw } = await flow.status({ signal });
      return known({ ...raw, systemStatus, marketOpen });
    }
    case 'tickers':
      refuseAll(input);
      return { tickers: [...(await flow.tickers({ signal }))] };
    case 'trades': {
      const { ticker, rows, count } = await flow.trades(tickerOf(input), { ...flowSpan(input), signal });
      return { ticker, count, rows: [...rows] };
    }
    case 'minute-data': {
      const { ticker, rows, count } = await flow.minuteData(tickerOf(input), { ...flowSpan(input), signal });
      return { ticker, count, rows: rows.map(({ raw, open, high, low, close, volume }) => ({ ...raw, open, high, low, close, volume })) };
    }
    case 'divergence': {
      const { ticker, rows, count } = await flow.divergence(tickerOf(input), { ...flowSpan(input), signal });
      return { ticker, count, rows: [...rows] };
    }
    case 'predictions': {
      const { ticker, rows, count, modelInfo } = await flow.predictions(tickerOf(input), { ...daysOf(input, flowSpan(input)), limit: input.limit, signal });
      return known({ ticker, count, modelInfo, rows: rows.map(({ raw, signal: sign, confidence, stockPrice }) => known({ ...raw, signal: sign, confidence, stockPrice })) });
    }
    case 'data-range': {
      if (input.limit !== undefined) throw new UsageError({ field: 'limit', value: input.limit, rule: 'must be left out: the service does not limit this view' });
      const { ticker, rows, metadata } = await flow.dataRange(tickerOf(input), { ...daysOf(input, flowSpan(input)), signal });
      return known({ ticker, metadata, rows: [...rows] });
    }
  }
}

function tickerOf({ ticker, view }: FlowInput): string {
  if (ticker !== undefined && ticker.trim() !== '') return ticker;
  throw new UsageError({ field: 'ticker', value: ticker, rule: `must be given for ${view}` });
}

/** Views about the service itself take nothing: something that is ignored would look like something that holds. */
function refuseAll(input: FlowInput): void {
  for (const field of ['ticker', 'date', 'from', 'to', 'limit'] as const) {
    if (input[field] !== undefined) throw new UsageError({ field, value: input[field], rule: `must be left out for ${input.view}` });
  }
}

function daysOf({ view }: FlowInput, { startDate, startTime, endDate, endTime }: FlowSpanOptions): Pick<FlowSpanOptions, 'startDate' | 'endDate'> {
  for (const [field, time] of [['from', startTime], ['to', endTime]] as const) {
    if (time !== undefined) throw new UsageError({ field, value: time, rule: `must be a day for ${view}, without a time` });
  }
  return { startDate, endDate };
}
