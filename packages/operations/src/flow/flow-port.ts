/** An object as the options flow service sent it. */
export type FlowFields = Readonly<Record<string, unknown>>;

/** A list of the options flow service. */
export interface FlowRows<Row> {
  readonly ticker: string;
  readonly rows: readonly Row[];
  readonly count: number;
}

/** A row that was read, with the row as it was sent. */
export interface FlowRow {
  readonly raw: FlowFields;
}

/** Days `YYYY-MM-DD`, times of day `HH:MM`. */
export interface FlowSpanOptions {
  readonly startDate?: string | undefined;
  readonly startTime?: string | undefined;
  readonly endDate?: string | undefined;
  readonly endTime?: string | undefined;
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The options flow service: an `OptionsFlowClient` of `@ibkit/options-flow`. */
export interface FlowPort {
  status(options: { readonly signal?: AbortSignal | undefined }): Promise<FlowRow & { readonly systemStatus: string | undefined; readonly marketOpen: boolean | undefined }>;
  tickers(options: { readonly signal?: AbortSignal | undefined }): Promise<readonly string[]>;
  trades(ticker: string, options: FlowSpanOptions): Promise<FlowRows<FlowFields>>;
  minuteData(ticker: string, options: FlowSpanOptions): Promise<FlowRows<FlowRow & { readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number }>>;
  divergence(ticker: string, options: FlowSpanOptions): Promise<FlowRows<FlowFields>>;
  predictions(
    ticker: string,
    options: Pick<FlowSpanOptions, 'startDate' | 'endDate' | 'limit' | 'signal'>,
  ): Promise<FlowRows<FlowRow & { readonly signal: string | number; readonly confidence: number; readonly stockPrice: number | undefined }> & { readonly modelInfo: FlowFields | undefined }>;
  dataRange(
    ticker: string,
    options: Pick<FlowSpanOptions, 'startDate' | 'endDate' | 'signal'>,
  ): Promise<{ readonly ticker: string | undefined; readonly rows: readonly FlowFields[]; readonly metadata: FlowFields | undefined }>;
}
