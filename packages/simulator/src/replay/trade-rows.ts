import { EXCHANGE_LETTERS, NO_EXCHANGE, exchangeIndex } from './exchange-codes.js';
import type { FileKind, Resolution } from './file-name.js';
import type { TradeColumns } from './replay-data.js';
import { RowReader, countLines } from './row-reader.js';
import { barLengthMs, LAST_MS_OF_DAY, LARGEST_PRICE, LARGEST_SIZE, LARGEST_VOLUME, PRICE_SCALE, TimeOrder } from './row-rules.js';

/** Growing columns; cut to their length at the end. */
class TradeBuilder {
  #capacity: number;
  #length = 0;
  #msOfDay: Uint32Array;
  #price: Float64Array;
  #size: Float64Array;
  #exchange: Uint8Array;
  #conditions: Uint32Array;
  #suspicious: Uint8Array;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#msOfDay = new Uint32Array(capacity);
    this.#price = new Float64Array(capacity);
    this.#size = new Float64Array(capacity);
    this.#exchange = new Uint8Array(capacity);
    this.#conditions = new Uint32Array(capacity);
    this.#suspicious = new Uint8Array(capacity);
  }

  add(ms: number, price: number, size: number, exchange: number, conditions: number, suspicious: number): void {
    if (this.#length === this.#capacity) throw new RangeError(`a file must not have more rows than lines, got row ${this.#length + 1}`);
    const row = this.#length;
    this.#msOfDay[row] = ms;
    this.#price[row] = price;
    this.#size[row] = size;
    this.#exchange[row] = exchange;
    this.#conditions[row] = conditions;
    this.#suspicious[row] = suspicious;
    this.#length += 1;
  }

  finish(file: FileKind): TradeColumns {
    const length = this.#length;
    return {
      kind: 'trade',
      symbol: file.symbol,
      date: file.date,
      length,
      msOfDay: this.#msOfDay.slice(0, length),
      price: this.#price.slice(0, length),
      size: this.#size.slice(0, length),
      exchange: this.#exchange.slice(0, length),
      conditions: this.#conditions.slice(0, length),
      suspicious: this.#suspicious.slice(0, length),
    };
  }
}

const LETTER_RULE = `must be an exchange letter, one of ${EXCHANGE_LETTERS}`;

function readTicks(reader: RowReader, builder: TradeBuilder): void {
  const order = new TimeOrder(reader);
  while (reader.nextRow()) {
    const ms = order.check(reader.whole('milliseconds since midnight', 0, LAST_MS_OF_DAY));
    const price = reader.whole('price', 1, LARGEST_PRICE) / PRICE_SCALE;
    const size = reader.whole('size', 0, LARGEST_SIZE);
    const exchange = reader.letter('exchange', LETTER_RULE, exchangeIndex);
    const conditions = reader.hex('sale conditions');
    builder.add(ms, price, size, exchange, conditions, reader.whole('suspicious flag', 0, 1));
  }
}

const TRADES_PER_BAR = 4;

/** A bar becomes up to four trades within its time: open, the nearer of high and low, the other, close; the volume is spread over them exactly. */
function addBar(builder: TradeBuilder, ms: number, prices: readonly [open: number, high: number, low: number, close: number], volume: number, resolution: Resolution): void {
  const [open, high, low, close] = prices;
  const path = close >= open ? [open, low, high, close] : [open, high, low, close];
  const share = Math.floor(volume / TRADES_PER_BAR);
  const step = Math.floor((barLengthMs(resolution) - 1) / (TRADES_PER_BAR - 1));
  path.forEach((price, index) => {
    const size = index === TRADES_PER_BAR - 1 ? volume - share * (TRADES_PER_BAR - 1) : share;
    if (size > 0) builder.add(ms + index * step, price, size, NO_EXCHANGE, 0, 0);
  });
}

function readBars(reader: RowReader, builder: TradeBuilder, resolution: Resolution): void {
  const order = new TimeOrder(reader);
  while (reader.nextRow()) {
    const ms = order.check(reader.whole('milliseconds since midnight', 0, LAST_MS_OF_DAY));
    const open = reader.whole('open', 1, LARGEST_PRICE) / PRICE_SCALE;
    const high = reader.whole('high', 1, LARGEST_PRICE) / PRICE_SCALE;
    const low = reader.whole('low', 1, LARGEST_PRICE) / PRICE_SCALE;
    const close = reader.whole('close', 1, LARGEST_PRICE) / PRICE_SCALE;
    if (high < Math.max(open, close, low)) reader.fail('close', 'must not be above the high of its bar, nor may open and low be');
    if (low > Math.min(open, close)) reader.fail('close', 'must not be below the low of its bar, nor may open be');
    addBar(builder, ms, [open, high, low, close], reader.whole('volume', 0, LARGEST_VOLUME), resolution);
  }
}

/** Reads a file of trades: ticks as they are, bars as the trades that could have made them. @throws UsageError naming file, line, column and rule. */
export function readTrades(bytes: Uint8Array, fileName: string, file: FileKind): TradeColumns {
  const reader = new RowReader(bytes, fileName);
  const lines = countLines(bytes);
  const builder = new TradeBuilder(file.resolution === 'tick' ? lines : lines * TRADES_PER_BAR);
  if (file.resolution === 'tick') readTicks(reader, builder);
  else readBars(reader, builder, file.resolution);
  return builder.finish(file);
}
