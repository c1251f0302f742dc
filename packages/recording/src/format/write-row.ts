import type { BarRow, DepthRow, FrameRow, GapRow, QuoteRow, RecordedRow, SessionRow, TradeRow } from '../row.js';
import type { ByteWriter } from './byte-writer.js';
import type { NameWriter } from './name-writer.js';
import { RECORD } from './record.js';

/** No payload of fixed fields is longer. */
const FIXED = 128;

/** What is written: the number of a row is its place. */
export type UnnumberedRow = RecordedRow extends infer R ? (R extends RecordedRow ? Omit<R, 'seq'> : never) : never;

/** Appends the record of one row, and before it those of names that it is the first to use. */
export function writeRow(writer: ByteWriter, names: NameWriter, row: UnnumberedRow): void {
  switch (row.type) {
    case 'trade':
      writeTrade(writer, names, row);
      break;
    case 'quote':
      writeQuote(writer, names, row);
      break;
    case 'bar':
      writeBar(writer, names, row);
      break;
    case 'depth':
      writeDepth(writer, names, row);
      break;
    case 'gap':
      writeGap(writer, names, row);
      break;
    case 'session':
      writeSession(writer, row);
      break;
    case 'frame':
      writeFrame(writer, row);
      break;
  }
  writer.end();
}

/** Appends the record of a trade: the hot path, without an object for the row. */
function writeTrade(writer: ByteWriter, names: NameWriter, row: Omit<TradeRow, 'seq'>): void {
  const instrument = names.instrument(writer, row.symbol, row.conId);
  const exchange = names.text(writer, row.exchange);
  const conditions = names.text(writer, row.conditions);
  writer.begin(RECORD.trade, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.time);
  writer.u32(instrument);
  writer.f64(row.price);
  writer.f64(row.size);
  writer.u16(exchange);
  writer.u16(conditions);
  writer.u8((row.pastLimit === true ? 1 : 0) | (row.unreported === true ? 2 : 0));
}

function writeQuote(writer: ByteWriter, names: NameWriter, row: Omit<QuoteRow, 'seq'>): void {
  const instrument = names.instrument(writer, row.symbol, row.conId);
  const mode = names.text(writer, row.mode);
  writer.begin(RECORD.quote, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.time);
  writer.u32(instrument);
  writer.f64(row.bid);
  writer.f64(row.bidSize);
  writer.f64(row.ask);
  writer.f64(row.askSize);
  writer.u16(mode);
}

function writeBar(writer: ByteWriter, names: NameWriter, row: Omit<BarRow, 'seq'>): void {
  const instrument = names.instrument(writer, row.symbol, row.conId);
  const date = names.text(writer, row.date);
  const barSize = names.text(writer, row.barSize);
  const kind = names.text(writer, row.kind);
  writer.begin(RECORD.bar, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.time);
  writer.u32(instrument);
  writer.u16(date);
  writer.u16(barSize);
  writer.u16(kind);
  writer.f64(row.open);
  writer.f64(row.high);
  writer.f64(row.low);
  writer.f64(row.close);
  writer.f64(row.volume);
  writer.f64(row.wap);
  writer.f64(row.count);
}

function writeDepth(writer: ByteWriter, names: NameWriter, row: Omit<DepthRow, 'seq'>): void {
  const instrument = names.instrument(writer, row.symbol, row.conId);
  const marketMaker = names.text(writer, row.marketMaker);
  writer.begin(RECORD.depth, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.time);
  writer.u32(instrument);
  writer.f64(row.price);
  writer.f64(row.size);
  writer.u32(row.position);
  writer.u16(marketMaker);
  const operation = row.operation === 'insert' ? 0 : row.operation === 'update' ? 4 : 8;
  writer.u8((row.side === 'bid' ? 1 : 0) | (row.smart === true ? 2 : 0) | operation);
}

function writeGap(writer: ByteWriter, names: NameWriter, row: Omit<GapRow, 'seq'>): void {
  const instrument = row.symbol === undefined ? 0 : names.instrument(writer, row.symbol, row.conId);
  writer.begin(RECORD.gap, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.fromMs);
  writer.f64(row.toMs);
  writer.u32(instrument);
  writer.f64(row.lost);
  writer.u8(row.origin === 'recorder' ? 1 : 0);
  writer.long(row.reason);
}

function writeSession(writer: ByteWriter, row: Omit<SessionRow, 'seq'>): void {
  writer.begin(RECORD.session, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.epoch);
  writer.u8(row.reason === undefined ? 0 : 1);
  writer.long(row.event);
  writer.long(row.reason ?? '');
}

function writeFrame(writer: ByteWriter, row: Omit<FrameRow, 'seq'>): void {
  writer.begin(RECORD.frame, FIXED);
  writer.f64(row.receivedAtMs);
  writer.f64(row.epoch);
  writer.u8(row.direction === 'out' ? 1 : 0);
  writer.raw(row.bytes);
}
