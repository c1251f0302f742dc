import { UsageError } from '@ibkit/error-codes';
import { LONGEST_RECORD } from '../format/record.js';
import type { UnnumberedRow } from '../format/write-row.js';
import type { BarInput, DepthInput, FrameInput, GapInput, QuoteInput, SessionInput, TradeInput } from '../row.js';

/** No text of a row is longer. */
const LONGEST_TEXT = 4_096;
/** No frame is longer: TWS API, a frame of the socket has 16 MiB at most. */
const LONGEST_FRAME = LONGEST_RECORD / 2;
const MOST_POSITIONS = 0xffff_ffff;

type Numbers = Readonly<Record<string, number | undefined>>;

function fail(field: string, rule: string): never {
  // Values of rows are the user's business: they are not repeated in errors.
  throw new UsageError({ field, rule });
}

/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999;

function checkReceived(atMs: number): void {
  if (!(atMs >= 0 && atMs <= LAST_MS)) fail('receivedAtMs', 'must be epoch milliseconds');
}

function checkNumber(field: string, value: number): void {
  if (!Number.isFinite(value)) fail(field, 'must be a finite number');
}

function checkOptional(field: string, value: number | undefined): void {
  if (value !== undefined && !Number.isFinite(value)) fail(field, 'must be a finite number, or absent');
}

function checkText(field: string, text: string | undefined): void {
  if (text !== undefined && text.length > LONGEST_TEXT) fail(field, `must have at most ${LONGEST_TEXT} characters`);
}

function checkAll(numbers: Numbers): void {
  for (const field of Object.keys(numbers)) checkOptional(field, numbers[field]);
}

interface Named {
  readonly symbol?: string | undefined;
  readonly conId?: number | undefined;
}

function checkInstrument(row: Named & { readonly time?: number | undefined }, atMs: number): void {
  checkReceived(atMs);
  if (row.symbol === undefined || row.symbol === '' || row.symbol.length > LONGEST_TEXT) fail('symbol', `must have 1 to ${LONGEST_TEXT} characters`);
  checkOptional('conId', row.conId);
  checkOptional('time', row.time);
}

/** Each of these copies what it knows: what else a caller's object has is not recorded. @throws UsageError */
export function checkTrade(row: TradeInput, receivedAtMs: number): UnnumberedRow {
  const { symbol, conId, time, price, size, exchange, conditions, pastLimit, unreported } = row;
  checkInstrument(row, receivedAtMs);
  checkNumber('price', price);
  checkNumber('size', size);
  checkText('exchange', exchange);
  checkText('conditions', conditions);
  return { type: 'trade', receivedAtMs, symbol, conId, time, price, size, exchange, conditions, pastLimit, unreported };
}

export function checkQuote(row: QuoteInput, receivedAtMs: number): UnnumberedRow {
  const { symbol, conId, time, bid, ask, bidSize, askSize, mode } = row;
  checkInstrument(row, receivedAtMs);
  checkOptional('bid', bid);
  checkOptional('ask', ask);
  checkOptional('bidSize', bidSize);
  checkOptional('askSize', askSize);
  checkText('mode', mode);
  return { type: 'quote', receivedAtMs, symbol, conId, time, bid, ask, bidSize, askSize, mode };
}

export function checkBar(row: BarInput, receivedAtMs: number): UnnumberedRow {
  const { symbol, conId, time, date, barSize, kind, open, high, low, close, volume, wap, count } = row;
  checkInstrument(row, receivedAtMs);
  if ((time === undefined) === (date === undefined)) fail('time', 'must be given for bars shorter than a day, and date for the others, never both');
  if (date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(date)) fail('date', 'must be a day such as 2024-03-01');
  if (barSize === '') fail('barSize', 'must be a bar size such as 5 secs');
  checkText('barSize', barSize);
  checkText('kind', kind);
  for (const [field, value] of Object.entries({ open, high, low, close })) checkNumber(field, value);
  checkAll({ volume, wap, count });
  return { type: 'bar', receivedAtMs, symbol, conId, time, date, barSize, kind, open, high, low, close, volume, wap, count };
}

export function checkDepth(row: DepthInput, receivedAtMs: number): UnnumberedRow {
  const { symbol, conId, time, side, operation, position, price, size, marketMaker, smart } = row;
  checkInstrument(row, receivedAtMs);
  checkNumber('price', price);
  checkNumber('size', size);
  if (!Number.isInteger(position) || position < 0 || position > MOST_POSITIONS) fail('position', `must be a whole number from 0 to ${MOST_POSITIONS}`);
  checkText('marketMaker', marketMaker);
  return { type: 'depth', receivedAtMs, symbol, conId, time, side, operation, position, price, size, marketMaker, smart };
}

export function checkGap(row: GapInput, receivedAtMs: number): UnnumberedRow {
  const { fromMs, toMs, reason, symbol, conId, lost } = row;
  checkReceived(receivedAtMs);
  checkNumber('fromMs', fromMs);
  checkAll({ toMs, conId, lost });
  checkText('reason', reason);
  checkText('symbol', symbol);
  return { type: 'gap', origin: 'source', receivedAtMs, fromMs, toMs, reason, symbol, conId, lost };
}

export function checkSession(row: SessionInput, receivedAtMs: number): UnnumberedRow {
  const { event, reason, epoch } = row;
  checkReceived(receivedAtMs);
  checkOptional('epoch', epoch);
  if (event === '') fail('event', 'must say what happened');
  checkText('event', event);
  checkText('reason', reason);
  return { type: 'session', receivedAtMs, event, reason, epoch };
}

export function checkFrame(row: FrameInput, receivedAtMs: number): UnnumberedRow {
  const { direction, epoch, bytes } = row;
  checkReceived(receivedAtMs);
  checkOptional('epoch', epoch);
  if (bytes.length > LONGEST_FRAME) fail('bytes', `must have at most ${LONGEST_FRAME} bytes`);
  return { type: 'frame', receivedAtMs, direction, epoch, bytes };
}
