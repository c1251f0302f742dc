/** What every row about an instrument has; times are epoch milliseconds. */
interface InstrumentRow {
  readonly symbol: string;
  readonly conId?: number | undefined;
  readonly time?: number | undefined;
  readonly receivedAtMs?: number | undefined;
}

/** A hole of the source. */
export interface RecordedGap {
  readonly fromMs: number;
  readonly toMs?: number | undefined;
  readonly reason: string;
  readonly symbol?: string | undefined;
  readonly conId?: number | undefined;
}

/** A trade. */
export interface RecordedTrade extends InstrumentRow {
  readonly price: number;
  readonly size: number;
  readonly exchange?: string | undefined;
  readonly conditions?: string | undefined;
  readonly pastLimit?: boolean | undefined;
  readonly unreported?: boolean | undefined;
}

/** The best bid and ask. */
export interface RecordedQuote extends InstrumentRow {
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly bidSize?: number | undefined;
  readonly askSize?: number | undefined;
  readonly mode?: string | undefined;
}

/** A bar. */
export interface RecordedBar extends InstrumentRow {
  readonly date?: string | undefined;
  readonly barSize: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count?: number | undefined;
}

/** A change of a row of a book. */
export interface RecordedDepth extends InstrumentRow {
  readonly side: 'bid' | 'ask';
  readonly operation: 'insert' | 'update' | 'delete';
  readonly position: number;
  readonly price: number;
  readonly size: number;
  readonly marketMaker?: string | undefined;
}

/** What writes one recording: a `Recorder` of `@ibkit/recording`. A row that could not be kept gives `false`. */
export interface RecorderPort {
  trade(row: RecordedTrade): boolean;
  quote(row: RecordedQuote): boolean;
  bar(row: RecordedBar): boolean;
  depth(row: RecordedDepth): boolean;
  gap(row: RecordedGap): boolean;
  stats(): { readonly rows: number; readonly lost: number; readonly writtenBytes: number };
  close(): Promise<void>;
}

/** Where recordings are kept, and what writes and describes them. */
export interface RecordingsPort {
  /** Each recording has a directory of its own in it. */
  readonly directory: string;
  /** `Recorder.open` of `@ibkit/recording`. */
  readonly open: (options: { readonly directory: string; readonly source: { readonly name: string; readonly recordedBy?: string | undefined } }) => Promise<RecorderPort>;
  /** `describeRecording` of `@ibkit/recording`. */
  readonly describe: (directory: string) => Promise<{ readonly rows: number; readonly bytes: number; readonly kinds: Readonly<Record<string, number | undefined>>; readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly live: boolean }>;
}
