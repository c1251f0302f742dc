import type { HistoricalData, HistoricalDataUpdate } from '../historical-messages.js';
import type { MarketDepth, MarketDepthL2, RealTimeBar, TickByTick, TickGeneric, TickOptionComputation, TickPrice, TickSize, TickString } from '../market-data-messages.js';
import type { OrderStatus } from '../order-messages.js';
import type { ErrMsg } from '../session-messages.js';
import { ByteCursor } from './byte-cursor.js';
import { readErrMsg, readOrderStatus } from './notice-readers.js';
import { readHistoricalData, readHistoricalDataUpdate, readMarketDepth, readMarketDepthL2, readRealTimeBar } from './row-readers.js';
import { readTickByTick, readTickGeneric, readTickOptionComputation, readTickPrice, readTickSize, readTickString } from './tick-readers.js';

/** The messages that come in such numbers that they have readers of their own. */
export type HotMessage =
  | TickPrice
  | TickSize
  | TickOptionComputation
  | TickGeneric
  | TickString
  | TickByTick
  | MarketDepth
  | MarketDepthL2
  | RealTimeBar
  | HistoricalData
  | HistoricalDataUpdate
  | OrderStatus
  | ErrMsg;

/** TWS API: the first server version whose errMsg ends with the JSON of a rejection. */
const ADVANCED_REJECT_VERSION = 166;

/**
 * Reads hot messages straight from the bytes of a chunk: no list of fields, no copy, one object for the message.
 *
 * Each reader is written out by hand and held to the layout of its message by a property test. It takes a frame only when every field is
 * spelled plainly and the last one ends with the frame, to the byte; everything else it leaves to the generic decoder, which decides.
 */
export class HotReader {
  readonly #cursor = new ByteCursor();
  readonly #hasRejectJson: boolean;

  constructor(serverVersion: number) {
    this.#hasRejectJson = serverVersion >= ADVANCED_REJECT_VERSION;
  }

  /** The message of the payload from `start` to `end`; `undefined` for what is not hot or not plain. Never throws. */
  read(bytes: Uint8Array, start: number, end: number): HotMessage | undefined {
    // Four bytes: an id and its NUL, and at least one more field. The NUL at the end bounds every scan.
    if (end - start < 4 || bytes[end - 1] !== 0) return undefined;
    const cursor = this.#cursor;
    const first = (bytes[start] ?? 0) - 0x30;
    const second = bytes[start + 1] ?? 0;
    if (second === 0) {
      cursor.open(bytes, start + 2, end);
      switch (first) {
        case 1:
          return readTickPrice(cursor);
        case 2:
          return readTickSize(cursor);
        case 3:
          return readOrderStatus(cursor);
        case 4:
          return readErrMsg(cursor, this.#hasRejectJson);
        default:
          return undefined;
      }
    }
    const last = second - 0x30;
    if (bytes[start + 2] !== 0 || first < 1 || first > 9 || last < 0 || last > 9) return undefined;
    cursor.open(bytes, start + 3, end);
    switch (first * 10 + last) {
      case 12:
        return readMarketDepth(cursor);
      case 13:
        return readMarketDepthL2(cursor);
      case 17:
        return readHistoricalData(cursor);
      case 21:
        return readTickOptionComputation(cursor);
      case 45:
        return readTickGeneric(cursor);
      case 46:
        return readTickString(cursor);
      case 50:
        return readRealTimeBar(cursor);
      case 90:
        return readHistoricalDataUpdate(cursor);
      case 99:
        return readTickByTick(cursor);
      default:
        return undefined;
    }
  }
}
