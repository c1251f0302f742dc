import {
  dataRangeAnswer,
  divergenceAnswer,
  latestPredictionAnswer,
  minutesAnswer,
  predictionsAnswer,
  statusAnswer,
  tickersAnswer,
  tradesAnswer,
} from '../answers/answers.js';
import type { DataRange, FlowStatus, LatestPrediction, MinuteRow, PredictionList } from '../answers/answers.js';
import type { FlowFields, FlowList } from '../answers/rows.js';
import { readData } from '../request/answer.js';
import { FlowCaller } from '../request/flow-caller.js';
import type { CallOptions } from '../request/flow-caller.js';
import { QueryWriter } from '../request/query.js';
import type { FlowDate, FlowTime, QueryValue } from '../request/query.js';
import { OptionsFlowError } from './flow-error.js';
import { resolveClientOptions } from './client-options.js';
import type { OptionsFlowClientOptions } from './client-options.js';

/** A span of days and times of day. */
export interface FlowSpan {
  readonly startDate?: FlowDate | undefined;
  readonly startTime?: FlowTime | undefined;
  /** Not before `startDate`. */
  readonly endDate?: FlowDate | undefined;
  readonly endTime?: FlowTime | undefined;
}

/** What {@link OptionsFlowClient.trades} and {@link OptionsFlowClient.minuteData} take. */
export interface FlowRowsOptions extends FlowSpan, CallOptions {
  /** The most rows. */
  readonly limit?: number | undefined;
  /** The newest rows instead of the first. */
  readonly recent?: boolean | undefined;
}

/** What {@link OptionsFlowClient.divergence} takes. */
export interface DivergenceOptions extends FlowSpan, CallOptions {
  readonly days?: number | undefined;
  readonly limit?: number | undefined;
}

/** What {@link OptionsFlowClient.latestPrediction} takes. */
export interface LatestPredictionOptions extends CallOptions {
  /** Only the service's own model. */
  readonly useDefaultOnly?: boolean | undefined;
}

/** What {@link OptionsFlowClient.predictions} takes. */
export interface PredictionsOptions extends LatestPredictionOptions {
  readonly limit?: number | undefined;
  readonly startDate?: FlowDate | undefined;
  readonly endDate?: FlowDate | undefined;
}

/** What {@link OptionsFlowClient.dataRange} takes: a span and limits that rows must keep to. */
export interface DataRangeOptions extends CallOptions {
  readonly startDate?: FlowDate | undefined;
  readonly endDate?: FlowDate | undefined;
  readonly lookbackHours?: number | undefined;
  readonly lambdaShort?: number | undefined;
  readonly lambdaLong?: number | undefined;
  readonly minValue?: number | undefined;
  readonly maxValue?: number | undefined;
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly minDelta?: number | undefined;
  readonly maxDelta?: number | undefined;
}

/** A ticker without what services write in different ways: `BRK.B`, `BRK B` and `brk-b` are one. */
function bare(ticker: string): string {
  return ticker.toUpperCase().replaceAll(/[^A-Z0-9]/gu, '');
}

/**
 * Client of the Options Flow Monitor API.
 *
 * Every call has a deadline, repeats what may pass (no answer, HTTP 429 and 5xx) at most `retries` times within it, and ends with an
 * {@link OptionsFlowError} that says why, or with the reason of its signal. Unknown fields of answers are kept in `raw`.
 */
export class OptionsFlowClient implements AsyncDisposable {
  readonly #caller: FlowCaller;
  readonly #query: QueryWriter;

  /**
   * @throws ConfigurationError `IBKR_FLOW_CONFIG` when the URL or the key is missing; UsageError for an option that breaks its rule;
   *   RangeError for a time zone that the runtime does not know.
   */
  constructor(options: OptionsFlowClientOptions) {
    const resolved = resolveClientOptions(options);
    this.#query = new QueryWriter(resolved.timeZone);
    this.#caller = new FlowCaller(resolved);
  }

  /**
   * A client with `API_BASE_URL` and `API_KEY` of an environment; what `options` say wins.
   * @param env such as `process.env`
   */
  static fromEnv(env: Readonly<Record<string, string | undefined>>, options: OptionsFlowClientOptions = {}): OptionsFlowClient {
    return new OptionsFlowClient({ ...options, baseUrl: options.baseUrl ?? env['API_BASE_URL'], apiKey: options.apiKey ?? env['API_KEY'] });
  }

  /** How the service is. */
  async status(options: CallOptions = {}): Promise<FlowStatus> {
    return readData(statusAnswer, await this.#get('status', {}, options), { name: 'GET status' });
  }

  /** The tickers that the service follows. */
  async tickers(options: CallOptions = {}): Promise<readonly string[]> {
    return readData(tickersAnswer, await this.#get('tickers', {}, options), { name: 'GET tickers' });
  }

  /** Option trades of a ticker. */
  async trades(ticker: string, options: FlowRowsOptions = {}): Promise<FlowList<FlowFields>> {
    return readData(tradesAnswer, await this.#get('trades', this.#rows(ticker, options), options), { name: 'GET trades' });
  }

  /** Minute bars of a ticker. */
  async minuteData(ticker: string, options: FlowRowsOptions = {}): Promise<FlowList<MinuteRow>> {
    return readData(minutesAnswer, await this.#get('minute-data', this.#rows(ticker, options), options), { name: 'GET minute-data' });
  }

  /** Where flow and price of a ticker went apart. */
  async divergence(ticker: string, options: DivergenceOptions = {}): Promise<FlowList<FlowFields>> {
    const query = { ...this.#span(ticker, options), days: this.#query.count('days', options.days), limit: this.#query.count('limit', options.limit) };
    return readData(divergenceAnswer, await this.#get('divergence', query, options), { name: 'GET divergence' });
  }

  /** The latest prediction about a ticker. */
  async latestPrediction(ticker: string, options: LatestPredictionOptions = {}): Promise<LatestPrediction> {
    const query = { ticker: this.#query.ticker(ticker), use_default_only: this.#query.flag('useDefaultOnly', options.useDefaultOnly) };
    const latest = readData(latestPredictionAnswer, await this.#get('prediction/latest', query, options), { name: 'GET prediction/latest' });
    // Somebody may act on it.
    if (bare(latest.ticker) !== bare(query.ticker)) {
      throw new OptionsFlowError({ code: 'IBKR_FLOW_ANSWER_INVALID', message: `GET prediction/latest: ${query.ticker} was asked about, and the answer is about ${JSON.stringify(latest.ticker.slice(0, 20))}`, retryable: false });
    }
    return latest;
  }

  /** Predictions about a ticker. */
  async predictions(ticker: string, options: PredictionsOptions = {}): Promise<PredictionList> {
    const query = {
      ticker: this.#query.ticker(ticker),
      limit: this.#query.count('limit', options.limit),
      ...this.#days(options),
      use_default_only: this.#query.flag('useDefaultOnly', options.useDefaultOnly),
    };
    return readData(predictionsAnswer, await this.#get('predictions', query, options), { name: 'GET predictions' });
  }

  /** Rows of a span, filtered by value, size and delta. */
  async dataRange(ticker: string, options: DataRangeOptions = {}): Promise<DataRange> {
    const number = (name: 'lookbackHours' | 'lambdaShort' | 'lambdaLong' | 'minValue' | 'maxValue' | 'minSize' | 'maxSize' | 'minDelta' | 'maxDelta'): number | undefined =>
      this.#query.number(name, options[name]);
    const query = {
      ticker: this.#query.ticker(ticker),
      ...this.#days(options),
      lookback_hours: number('lookbackHours'),
      lambda_short: number('lambdaShort'),
      lambda_long: number('lambdaLong'),
      min_value: number('minValue'),
      max_value: number('maxValue'),
      min_size: number('minSize'),
      max_size: number('maxSize'),
      min_delta: number('minDelta'),
      max_delta: number('maxDelta'),
    };
    for (const what of ['Value', 'Size', 'Delta'] as const) this.#query.checkOrder([`min${what}`, options[`min${what}`]], [`max${what}`, options[`max${what}`]]);
    return readData(dataRangeAnswer, await this.#get('data-range', query, options), { name: 'GET data-range' });
  }

  /** Ends every call that is on its way, with `IBKR_FLOW_CLOSED`, and every connection. Idempotent. */
  close(): Promise<void> {
    return this.#caller.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #get(path: string, query: Readonly<Record<string, QueryValue>>, { signal }: CallOptions): Promise<unknown> {
    return this.#caller.call({ path, query, signal });
  }

  #days({ startDate, endDate }: Pick<FlowSpan, 'startDate' | 'endDate'>): { readonly start_date: string | undefined; readonly end_date: string | undefined } {
    const days = { start_date: this.#query.date('startDate', startDate), end_date: this.#query.date('endDate', endDate) };
    this.#query.checkOrder(['startDate', days.start_date], ['endDate', days.end_date]);
    return days;
  }

  #span(ticker: string, options: FlowSpan): Readonly<Record<string, QueryValue>> {
    const { start_date, end_date } = this.#days(options);
    const [start_time, end_time] = [this.#query.time('startTime', options.startTime), this.#query.time('endTime', options.endTime)];
    // On one day the times must be in order, too.
    if (start_date !== undefined && start_date === end_date) this.#query.checkOrder(['startTime', start_time], ['endTime', end_time]);
    return { ticker: this.#query.ticker(ticker), start_date, start_time, end_date, end_time };
  }

  #rows(ticker: string, options: FlowRowsOptions): Readonly<Record<string, QueryValue>> {
    return { ...this.#span(ticker, options), limit: this.#query.count('limit', options.limit), recent: this.#query.flag('recent', options.recent) };
  }
}
