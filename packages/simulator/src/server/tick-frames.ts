import type { ServerMessage } from '@ibkit/wire';

/** The messages of lines and streams that are sent by the hundred thousand. */
export type TickMessage = Extract<ServerMessage, { readonly type: 'tickPrice' | 'tickSize' | 'tickString' | 'tickGeneric' | 'tickByTick' }>;

/** Room that the longest frame fits into, in bytes. */
export const TICK_FRAME_BYTES = 320;

/** Longest text that is written here. */
const LONGEST_TEXT = 40;
/** Four decimals are told exactly by a whole number of ten-thousandths below this: any such number is the only one of so few digits that stands for its double. */
const DECIMALS = 10_000;
const LARGEST_SCALED = 1e15;
const LARGEST_INT = 2 ** 31;
const LENGTH_BYTES = 4;
const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/** What does not fit: the codec has to do it. */
const NONE = -1;

/** Writes the digits of a whole number from 0 to 2^31; answers the place behind them. */
function putDigits(bytes: Uint8Array, at: number, value: number): number {
  let length = 1;
  for (let limit = 10; value >= limit; limit *= 10) length += 1;
  let left = value;
  for (let place = at + length - 1; place >= at; place -= 1) {
    const rest = (left / 10) | 0;
    bytes[place] = ZERO + (left - rest * 10);
    left = rest;
  }
  return at + length;
}

/** Writes characters as they are; NONE when one of them is not printable ASCII, or when there are too many. */
function putText(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text;
  if (length > LONGEST_TEXT) return NONE;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return NONE;
    bytes[at + index] = code;
  }
  bytes[at + length] = 0;
  return at + length + 1;
}

/** Writes a whole number and its NUL. */
function putInteger(bytes: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value)) return NONE;
  if (value < 0 || value >= LARGEST_INT) return putText(bytes, at, String(value));
  const end = putDigits(bytes, at, value);
  bytes[end] = 0;
  return end + 1;
}

/** Writes a number in plain digits and its NUL. */
function putNumber(bytes: Uint8Array, at: number, value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) return NONE;
  const size = value < 0 ? -value : value;
  if (size < LARGEST_INT) {
    const scaled = Math.round(size * DECIMALS);
    if (scaled < LARGEST_SCALED && scaled / DECIMALS === size) return putScaled(bytes, at, value < 0, scaled);
  }
  const text = String(value);
  return text.includes('e') ? NONE : putText(bytes, at, text);
}

/** Writes a number of ten-thousandths and its NUL, without zeros at the end. */
function putScaled(bytes: Uint8Array, start: number, isNegative: boolean, scaled: number): number {
  let at = start;
  if (isNegative) {
    bytes[at] = MINUS;
    at += 1;
  }
  const whole = Math.floor(scaled / DECIMALS);
  at = putDigits(bytes, at, whole);
  let fraction = scaled - whole * DECIMALS;
  if (fraction > 0) {
    bytes[at] = POINT;
    at += 1;
    for (let unit = 1_000; fraction > 0; unit /= 10) {
      const digit = (fraction / unit) | 0;
      bytes[at] = ZERO + digit;
      at += 1;
      fraction -= digit * unit;
    }
  }
  bytes[at] = 0;
  return at + 1;
}

/** Message id, version 6, request id and kind of tick. */
function putHead(bytes: Uint8Array, at: number, messageId: number, reqId: number, tickType: number): number {
  let end = putDigits(bytes, at, messageId);
  bytes[end] = 0;
  bytes[end + 1] = ZERO + 6;
  bytes[end + 2] = 0;
  end = putInteger(bytes, end + 3, reqId);
  return end < 0 ? NONE : putInteger(bytes, end, tickType);
}

type Trade = Extract<TickMessage, { readonly kind: 'Last' | 'AllLast' }>;
type Sides = Extract<TickMessage, { readonly kind: 'BidAsk' }>;

function putTrade(bytes: Uint8Array, start: number, { price, size, mask, exchange, specialConditions }: Trade): number {
  let at = putNumber(bytes, start, price);
  if (at >= 0) at = putNumber(bytes, at, size);
  if (at >= 0) at = putInteger(bytes, at, mask);
  if (at >= 0) at = putText(bytes, at, exchange);
  return at < 0 ? NONE : putText(bytes, at, specialConditions);
}

function putSides(bytes: Uint8Array, start: number, { bidPrice, askPrice, bidSize, askSize, mask }: Sides): number {
  let at = putNumber(bytes, start, bidPrice);
  if (at >= 0) at = putNumber(bytes, at, askPrice);
  if (at >= 0) at = putNumber(bytes, at, bidSize);
  if (at >= 0) at = putNumber(bytes, at, askSize);
  return at < 0 ? NONE : putInteger(bytes, at, mask);
}

const KINDS = { Last: 1, AllLast: 2, BidAsk: 3, MidPoint: 4 } as const;

function putTickByTick(bytes: Uint8Array, start: number, message: Extract<TickMessage, { readonly type: 'tickByTick' }>): number {
  let at = putDigits(bytes, start, 99);
  bytes[at] = 0;
  at = putInteger(bytes, at + 1, message.reqId);
  if (at < 0) return NONE;
  bytes[at] = ZERO + KINDS[message.kind];
  bytes[at + 1] = 0;
  at = putInteger(bytes, at + 2, message.time);
  if (at < 0) return NONE;
  if (message.kind === 'BidAsk') return putSides(bytes, at, message);
  return message.kind === 'MidPoint' ? putNumber(bytes, at, message.midPoint) : putTrade(bytes, at, message);
}

function putPayload(bytes: Uint8Array, start: number, message: TickMessage): number {
  let at: number;
  switch (message.type) {
    case 'tickPrice':
      at = putHead(bytes, start, 1, message.reqId, message.tickType);
      if (at >= 0) at = putNumber(bytes, at, message.price);
      if (at >= 0) at = putNumber(bytes, at, message.size);
      return at < 0 ? NONE : putInteger(bytes, at, message.attrMask);
    case 'tickSize':
      at = putHead(bytes, start, 2, message.reqId, message.tickType);
      return at < 0 ? NONE : putNumber(bytes, at, message.size);
    case 'tickGeneric':
      at = putHead(bytes, start, 45, message.reqId, message.tickType);
      return at < 0 ? NONE : putNumber(bytes, at, message.value);
    case 'tickString':
      at = putHead(bytes, start, 46, message.reqId, message.tickType);
      return at < 0 ? NONE : putText(bytes, at, message.value);
    case 'tickByTick':
      return putTickByTick(bytes, start, message);
  }
}

/**
 * Writes the whole frame of a tick at a place that has {@link TICK_FRAME_BYTES} of room; answers the place behind it, or -1 for a message that has to take
 * the codec's way: what stands in the room is then worth nothing. The bytes are those of the codec at every server version.
 */
export function putTickFrame(bytes: Uint8Array, start: number, message: TickMessage): number {
  const end = putPayload(bytes, start + LENGTH_BYTES, message);
  if (end < 0) return NONE;
  const length = end - start - LENGTH_BYTES;
  bytes[start] = 0;
  bytes[start + 1] = 0;
  bytes[start + 2] = length >> 8;
  bytes[start + 3] = length & 0xff;
  return end;
}
