/** What every row has. */
export interface RowBase {
  /** Position in the recording, from 1, without holes: what a reader that goes on later asks for. Lost rows have none. */
  readonly seq: number;
  /** When it was received, epoch milliseconds by the clock of the machine that recorded. Reading and replay go by this time. */
  readonly receivedAtMs: number;
}

/** What every row about one instrument has. */
export interface InstrumentRowBase extends RowBase {
  readonly symbol: string;
  /** The broker's id of the contract, when it was known. */
  readonly conId?: number | undefined;
  /** Epoch milliseconds by the source, which for TWS are whole seconds. */
  readonly time?: number | undefined;
}

/** One trade. */
export interface TradeRow extends InstrumentRowBase {
  readonly type: 'trade';
  readonly price: number;
  readonly size: number;
  readonly exchange?: string | undefined;
  /** The exchange's condition codes. */
  readonly conditions?: string | undefined;
  readonly pastLimit?: boolean | undefined;
  /** Not reported to the tape, so it counts neither for volume nor for high and low. */
  readonly unreported?: boolean | undefined;
}

/** The best bid and ask; absent is a side that nobody knows. */
export interface QuoteRow extends InstrumentRowBase {
  readonly type: 'quote';
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly bidSize?: number | undefined;
  readonly askSize?: number | undefined;
  /** `live`, `frozen`, `delayed`, `delayedFrozen`. */
  readonly mode?: string | undefined;
}

/** One bar. `time` is its beginning; bars of a day and longer have `date` instead, `YYYY-MM-DD`. */
export interface BarRow extends InstrumentRowBase {
  readonly type: 'bar';
  readonly date?: string | undefined;
  /** As TWS spells it: `5 secs`, `1 day`. */
  readonly barSize: string;
  /** What it is made of, as TWS spells it. Absent: `TRADES`. */
  readonly kind?: string | undefined;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count?: number | undefined;
}

/** One change of a row of the order book. */
export interface DepthRow extends InstrumentRowBase {
  readonly type: 'depth';
  readonly side: 'bid' | 'ask';
  readonly operation: 'insert' | 'update' | 'delete';
  /** Row of the book, from 0 at the best price. */
  readonly position: number;
  readonly price: number;
  readonly size: number;
  readonly marketMaker?: string | undefined;
  readonly smart?: boolean | undefined;
}

/**
 * A hole, at its place in the recording: `source` says that the feed did not deliver, `recorder` that rows came and could not be kept or that
 * nobody recorded, `damage` is made by the reader where stored bytes are missing or do not pass their check.
 */
export type GapOrigin = 'source' | 'recorder' | 'damage';

/** What happened between two times was not recorded. */
export interface GapRow extends RowBase {
  readonly type: 'gap';
  readonly origin: GapOrigin;
  readonly fromMs: number;
  /** Absent: nobody knows. */
  readonly toMs?: number | undefined;
  readonly reason: string;
  /** The instrument that it is about. Absent: all. */
  readonly symbol?: string | undefined;
  readonly conId?: number | undefined;
  /** How many rows are missing, when that is known. */
  readonly lost?: number | undefined;
}

/** A change of the session that the rows come from: connected, lost, recovered, a new market data mode. */
export interface SessionRow extends RowBase {
  readonly type: 'session';
  /** What happened, a word or two in the program's own spelling: `connection.lost`. */
  readonly event: string;
  readonly reason?: string | undefined;
  /** Number of the session, when the program counts them. */
  readonly epoch?: number | undefined;
}

/** One raw frame of the socket, with whatever accounts are in it. */
export interface FrameRow extends RowBase {
  readonly type: 'frame';
  readonly direction: 'in' | 'out';
  /** Number of the session, when the program counts them. */
  readonly epoch?: number | undefined;
  readonly bytes: Uint8Array;
}

/** One row of a recording. */
export type RecordedRow = TradeRow | QuoteRow | BarRow | DepthRow | GapRow | SessionRow | FrameRow;

/** The kinds of row. */
export type RowKind = RecordedRow['type'];

/** The kinds of row, all of them. */
export const ROW_KINDS = ['trade', 'quote', 'bar', 'depth', 'gap', 'session', 'frame'] as const;

/** The row of one kind. */
export type RowOf<K extends RowKind> = Extract<RecordedRow, { readonly type: K }>;

/** What a caller says about a row: its number comes from the recorder, and the time too when it is not given. */
type InputOf<R extends RowBase> = Omit<R, 'seq' | 'type' | 'receivedAtMs'> & { readonly receivedAtMs?: number | undefined };

/** A trade to record; the ticks of `tickByTick` of kind `Last` and `AllLast` are ones. */
export type TradeInput = InputOf<TradeRow>;
/** A quote to record; the ticks of `tickByTick` of kind `BidAsk` are ones. */
export type QuoteInput = InputOf<QuoteRow>;
/** A bar to record. */
export type BarInput = InputOf<BarRow>;
/** A change of an order book to record. */
export type DepthInput = InputOf<DepthRow>;
/** A gap of the source to record; the gaps of market data streams are ones. */
export type GapInput = Omit<InputOf<GapRow>, 'origin'>;
/** A change of the session to record. */
export type SessionInput = InputOf<SessionRow>;
/** A raw frame to record. */
export type FrameInput = InputOf<FrameRow>;
