import type { BarRow, DepthRow, FrameRow, GapRow, QuoteRow, RecordedRow, SessionRow, TradeRow } from '../row.js';
import type { ByteReader } from './byte-reader.js';
import type { NamedInstrument, NameTable } from './name-table.js';
import { RECORD } from './record.js';

function instrumentOf(names: NameTable, id: number): NamedInstrument {
  const instrument = names.instruments[id];
  if (instrument === undefined) throw new RangeError('a row refers to an instrument that its segment does not name');
  return instrument;
}

function textOf(names: NameTable, id: number): string | undefined {
  if (id >= names.texts.length) throw new RangeError('a row refers to a text that its segment does not name');
  return names.texts[id];
}

/**
 * Reads the payload of one row; undefined for kinds of record that are no rows.
 * @throws RangeError when the payload is not laid out as its kind says.
 */
export function readRow(reader: ByteReader, names: NameTable, kind: number, seq: number): RecordedRow | undefined {
  switch (kind) {
    case RECORD.trade:
      return readTrade(reader, names, seq);
    case RECORD.quote:
      return readQuote(reader, names, seq);
    case RECORD.bar:
      return readBar(reader, names, seq);
    case RECORD.depth:
      return readDepth(reader, names, seq);
    case RECORD.gap:
      return readGap(reader, names, seq);
    case RECORD.session:
      return readSession(reader, seq);
    case RECORD.frame:
      return readFrame(reader, seq);
    default:
      return undefined;
  }
}

/**
 * Takes the name that an `instrument` or `text` record gives.
 * @returns whether it was one
 */
export function readName(reader: ByteReader, names: NameTable, kind: number): boolean {
  if (kind === RECORD.text) {
    const id = reader.u16();
    if (id > names.texts.length) throw new RangeError('texts are numbered one after the other');
    names.texts[id] = reader.long();
    return true;
  }
  if (kind !== RECORD.instrument) return false;
  const id = reader.u32();
  if (id > names.instruments.length) throw new RangeError('instruments are numbered one after the other');
  const conId = reader.optional();
  names.instruments[id] = { symbol: reader.long(), conId };
  return true;
}

function readTrade(reader: ByteReader, names: NameTable, seq: number): TradeRow {
  const receivedAtMs = reader.f64();
  const time = reader.optional();
  const { symbol, conId } = instrumentOf(names, reader.u32());
  const price = reader.f64();
  const size = reader.f64();
  const exchange = textOf(names, reader.u16());
  const conditions = textOf(names, reader.u16());
  const flags = reader.u8();
  return { type: 'trade', seq, receivedAtMs, symbol, conId, time, price, size, exchange, conditions, pastLimit: (flags & 1) !== 0, unreported: (flags & 2) !== 0 };
}

function readQuote(reader: ByteReader, names: NameTable, seq: number): QuoteRow {
  const receivedAtMs = reader.f64();
  const time = reader.optional();
  const { symbol, conId } = instrumentOf(names, reader.u32());
  const bid = reader.optional();
  const bidSize = reader.optional();
  const ask = reader.optional();
  const askSize = reader.optional();
  return { type: 'quote', seq, receivedAtMs, symbol, conId, time, bid, ask, bidSize, askSize, mode: textOf(names, reader.u16()) };
}

function readBar(reader: ByteReader, names: NameTable, seq: number): BarRow {
  const receivedAtMs = reader.f64();
  const time = reader.optional();
  const { symbol, conId } = instrumentOf(names, reader.u32());
  const date = textOf(names, reader.u16());
  const barSize = textOf(names, reader.u16()) ?? '';
  const kind = textOf(names, reader.u16());
  const [open, high, low, close] = [reader.f64(), reader.f64(), reader.f64(), reader.f64()];
  const [volume, wap, count] = [reader.optional(), reader.optional(), reader.optional()];
  return { type: 'bar', seq, receivedAtMs, symbol, conId, time, date, barSize, kind, open, high, low, close, volume, wap, count };
}

function readDepth(reader: ByteReader, names: NameTable, seq: number): DepthRow {
  const receivedAtMs = reader.f64();
  const time = reader.optional();
  const { symbol, conId } = instrumentOf(names, reader.u32());
  const price = reader.f64();
  const size = reader.f64();
  const position = reader.u32();
  const marketMaker = textOf(names, reader.u16());
  const flags = reader.u8();
  const operation = (flags & 8) !== 0 ? 'delete' : (flags & 4) !== 0 ? 'update' : 'insert';
  return { type: 'depth', seq, receivedAtMs, symbol, conId, time, side: (flags & 1) === 0 ? 'ask' : 'bid', operation, position, price, size, marketMaker, smart: (flags & 2) !== 0 };
}

function readGap(reader: ByteReader, names: NameTable, seq: number): GapRow {
  const receivedAtMs = reader.f64();
  const fromMs = reader.f64();
  const toMs = reader.optional();
  const id = reader.u32();
  const { symbol, conId } = id === 0 ? { symbol: undefined, conId: undefined } : instrumentOf(names, id);
  const lost = reader.optional();
  const flags = reader.u8();
  return { type: 'gap', seq, receivedAtMs, origin: (flags & 1) === 0 ? 'source' : 'recorder', fromMs, toMs, reason: reader.long(), symbol, conId, lost };
}

function readSession(reader: ByteReader, seq: number): SessionRow {
  const receivedAtMs = reader.f64();
  const epoch = reader.optional();
  const flags = reader.u8();
  const event = reader.long();
  const reason = reader.long();
  return { type: 'session', seq, receivedAtMs, event, reason: (flags & 1) === 0 ? undefined : reason, epoch };
}

function readFrame(reader: ByteReader, seq: number): FrameRow {
  const receivedAtMs = reader.f64();
  const epoch = reader.optional();
  const flags = reader.u8();
  return { type: 'frame', seq, receivedAtMs, direction: (flags & 1) === 0 ? 'in' : 'out', epoch, bytes: reader.rest() };
}
