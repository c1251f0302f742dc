import { z } from 'zod';
import { decimal, fields, listOf, refuse } from './rows.js';
import type { FlowFields, FlowList } from './rows.js';

/** How the service is. */
export interface FlowStatus {
  /** In the service's own word. */
  readonly systemStatus: string | undefined;
  /** Whether the market is open, as far as the service says. */
  readonly marketOpen: boolean | undefined;
  readonly raw: FlowFields;
}

/** One minute of a ticker. */
export interface MinuteRow {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** The whole row, with the service's own time field. */
  readonly raw: FlowFields;
}

/** What the model expects. */
export interface Prediction {
  /** The model's word or number: which way. */
  readonly signal: string | number;
  /** How sure the model is, on the model's own scale. */
  readonly confidence: number;
  /** The price of the share when the prediction was made. */
  readonly stockPrice: number | undefined;
  /** The whole prediction. */
  readonly raw: FlowFields;
}

/** The latest prediction about a ticker. */
export interface LatestPrediction {
  readonly ticker: string;
  readonly prediction: Prediction;
  /** About the model, as the service describes it. */
  readonly modelInfo: FlowFields | undefined;
  readonly raw: FlowFields;
}

/** Predictions about a ticker. */
export interface PredictionList extends FlowList<Prediction> {
  /** About the model, as the service describes it. */
  readonly modelInfo: FlowFields | undefined;
}

/** Filtered rows and what they were made with. */
export interface DataRange {
  readonly ticker: string | undefined;
  readonly rows: readonly FlowFields[];
  /** As the service says it. */
  readonly metadata: FlowFields | undefined;
  readonly raw: FlowFields;
}

function firstText(raw: FlowFields, names: readonly string[]): string | undefined {
  return names.map((name) => raw[name]).find((value) => typeof value === 'string');
}

function firstFlag(raw: FlowFields, names: readonly string[]): boolean | undefined {
  return names.map((name) => raw[name]).find((value) => typeof value === 'boolean');
}

function firstRows(raw: FlowFields): unknown {
  const named = ['data', 'rows', 'results', 'trades', 'filtered_data'].map((name) => raw[name]).find((value) => Array.isArray(value));
  return named ?? Object.values(raw).find((value) => Array.isArray(value)) ?? [];
}

export const statusAnswer: z.ZodType<FlowStatus> = fields.transform((raw) => ({
  systemStatus: firstText(raw, ['system_status', 'system', 'status', 'state']),
  marketOpen: firstFlag(raw, ['market_hours', 'is_market_hours', 'market_open', 'is_market_open']),
  raw,
}));

export const tickersAnswer: z.ZodType<readonly string[]> = z.object({ tickers: z.array(z.string()) }).transform(({ tickers }) => tickers);

export const tradesAnswer: z.ZodType<FlowList<FlowFields>> = listOf('trades', fields);

const minute: z.ZodType<MinuteRow> = fields.transform((raw, context): MinuteRow => {
  const found = z.object({ open: decimal, high: decimal, low: decimal, close: decimal, volume: decimal }).safeParse(raw);
  return found.success ? { ...found.data, raw } : refuse(context, found.error);
});

export const minutesAnswer: z.ZodType<FlowList<MinuteRow>> = listOf('minute_data', minute);

export const divergenceAnswer: z.ZodType<FlowList<FlowFields>> = listOf('divergence_data', fields);

const prediction: z.ZodType<Prediction> = fields.transform((raw, context): Prediction => {
  const found = z.object({ signal: z.union([z.string(), z.number()]), confidence: decimal, stock_price: decimal.nullish() }).safeParse(raw);
  if (!found.success) return refuse(context, found.error);
  const { signal, confidence, stock_price: stockPrice } = found.data;
  return { signal, confidence, stockPrice: stockPrice ?? undefined, raw };
});

export const latestPredictionAnswer: z.ZodType<LatestPrediction> = z
  .looseObject({ ticker: z.string(), prediction, model_info: fields.nullish() })
  .transform((raw) => ({ ticker: raw.ticker, prediction: raw.prediction, modelInfo: raw.model_info ?? undefined, raw: { ...raw, prediction: raw.prediction.raw } }));

export const predictionsAnswer: z.ZodType<PredictionList> = listOf('predictions', prediction).transform((list) => {
  const modelInfo = fields.safeParse(list.raw['model_info']);
  return { ...list, modelInfo: modelInfo.success ? modelInfo.data : undefined };
});

export const dataRangeAnswer: z.ZodType<DataRange> = z.union([z.array(fields).transform((data): FlowFields => ({ data })), fields]).transform((raw, context): DataRange => {
  const rows = z.array(fields).safeParse(firstRows(raw));
  if (!rows.success) return refuse(context, rows.error, ['data']);
  const metadata = fields.safeParse(raw['metadata'] ?? raw['meta']);
  return { ticker: firstText(raw, ['ticker']), rows: rows.data, metadata: metadata.success ? metadata.data : undefined, raw };
});
