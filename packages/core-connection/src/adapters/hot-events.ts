import type { IBApi } from '@stoqey/ib';
import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import { forEachBar } from '@ibkit/wire';
import type { HotMessage, ServerMessageOf } from '@ibkit/wire';
import type { ApiListeners, EventSlot } from './api-listeners.js';
import { FIRST_INTERNAL_REQUEST_ID } from '../requests/request-ids.js';
import { sizeTypeOf } from './size-ticks.js';

/** What happens with events beside their own listeners. */
export interface HotEventsOutput {
  /** Emits an event and repeats it to the taps. */
  readonly emit: (name: EventName, ...args: unknown[]) => void;
  /** Repeats an event to taps that its own listener has just added. */
  readonly repeat: (name: EventName, ...args: readonly unknown[]) => void;
  readonly error: (message: string, code: number, reqId: number, advanced: unknown) => void;
  readonly onListenerError: (error: unknown) => void;
}

const NO_VALID_ID = -1;

/**
 * The library's events of hot messages, made from our own reading of them.
 *
 * Names, order and values are the library's (a contract test compares them with an untouched `IBApi`); a hot message is one whose fields
 * leave no room for two readings, so that nothing has to be decoded twice. An event without listeners is not made.
 */
export class HotEvents {
  readonly #api: IBApi;
  readonly #listeners: ApiListeners;
  readonly #output: HotEventsOutput;
  readonly #tickPrice: EventSlot;
  readonly #tickSize: EventSlot;
  readonly #tickString: EventSlot;
  readonly #tickGeneric: EventSlot;
  readonly #optionComputation: EventSlot;
  readonly #allLast: EventSlot;
  readonly #bidAsk: EventSlot;
  readonly #midPoint: EventSlot;
  readonly #depth: EventSlot;
  readonly #depthL2: EventSlot;
  readonly #realtimeBar: EventSlot;
  readonly #historicalData: EventSlot;
  readonly #historicalUpdate: EventSlot;
  readonly #orderStatus: EventSlot;
  /** The last time of tick-by-tick data and its text: many ticks share a second. */
  #time = 0;
  #timeText = '0';

  constructor(api: IBApi, listeners: ApiListeners, output: HotEventsOutput) {
    this.#api = api;
    this.#listeners = listeners;
    this.#output = output;
    this.#tickPrice = listeners.slot(EventName.tickPrice);
    this.#tickSize = listeners.slot(EventName.tickSize);
    this.#tickString = listeners.slot(EventName.tickString);
    this.#tickGeneric = listeners.slot(EventName.tickGeneric);
    this.#optionComputation = listeners.slot(EventName.tickOptionComputation);
    this.#allLast = listeners.slot(EventName.tickByTickAllLast);
    this.#bidAsk = listeners.slot(EventName.tickByTickBidAsk);
    this.#midPoint = listeners.slot(EventName.tickByTickMidPoint);
    this.#depth = listeners.slot(EventName.updateMktDepth);
    this.#depthL2 = listeners.slot(EventName.updateMktDepthL2);
    this.#realtimeBar = listeners.slot(EventName.realtimeBar);
    this.#historicalData = listeners.slot(EventName.historicalData);
    this.#historicalUpdate = listeners.slot(EventName.historicalDataUpdate);
    this.#orderStatus = listeners.slot(EventName.orderStatus);
  }

  /** Emits the events of a message, unless it answers a request of ours, which users of the face did not make. */
  deliver(message: HotMessage): void {
    // The check stands in every branch, where the compiler knows the shape of the message: this is the path of every tick.
    switch (message.type) {
      case 'tickSize':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#emit3(this.#tickSize, message.reqId, message.tickType, message.size);
        return;
      case 'tickPrice':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#deliverTickPrice(message);
        return;
      case 'tickString':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#emit3(this.#tickString, message.reqId, message.tickType, message.value);
        return;
      case 'tickGeneric':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#emit3(this.#tickGeneric, message.reqId, message.tickType, message.value);
        return;
      case 'tickOptionComputation':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#deliverComputation(message);
        return;
      case 'tickByTick':
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#deliverTickByTick(message);
        return;
      case 'orderStatus':
        this.#deliverOrderStatus(message);
        return;
      case 'errMsg':
        if (message.id < FIRST_INTERNAL_REQUEST_ID) this.#deliverNotice(message);
        return;
      default:
        if (message.reqId < FIRST_INTERNAL_REQUEST_ID) this.#deliverRow(message);
    }
  }

  #deliverRow(message: ServerMessageOf<'marketDepth' | 'marketDepthL2' | 'realTimeBar' | 'historicalData' | 'historicalDataUpdate'>): void {
    switch (message.type) {
      case 'marketDepth':
        this.#deliverDepth(message);
        return;
      case 'marketDepthL2':
        this.#deliverDepthL2(message);
        return;
      case 'realTimeBar':
        this.#deliverRealTimeBar(message);
        return;
      case 'historicalData':
        this.#deliverHistory(message);
        return;
      case 'historicalDataUpdate':
        this.#deliverHistoryUpdate(message);
    }
  }

  #deliverNotice(message: ServerMessageOf<'errMsg'>): void {
    if (message.id === NO_VALID_ID) this.#output.emit(EventName.info, message.msg, message.code);
    else this.#output.error(message.msg, message.code, message.id, undefined);
  }

  #deliverTickPrice(message: ServerMessageOf<'tickPrice'>): void {
    const { reqId, tickType, price, size, attrMask } = message;
    this.#emit4(this.#tickPrice, reqId, tickType, price, (attrMask & 1) !== 0);
    const sizeType = sizeTypeOf(tickType);
    if (sizeType !== undefined) this.#emit3(this.#tickSize, reqId, sizeType, size);
  }

  #deliverComputation(message: ServerMessageOf<'tickOptionComputation'>): void {
    const { reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice } = message;
    const slot = this.#optionComputation;
    const { sole } = slot;
    if (this.#listeners.isTapped() || sole === undefined) {
      this.#emitMany(slot, reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice);
      return;
    }
    try {
      sole.call(this.#api, reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #deliverTickByTick(message: ServerMessageOf<'tickByTick'>): void {
    const { time } = message;
    if (time !== this.#time) {
      this.#time = time;
      this.#timeText = String(time);
    }
    switch (message.kind) {
      case 'BidAsk':
        this.#deliverBidAsk(message, this.#timeText);
        return;
      case 'MidPoint':
        this.#emit3(this.#midPoint, message.reqId, this.#timeText, message.midPoint);
        return;
      case 'Last':
      case 'AllLast':
        this.#deliverLast(message, this.#timeText);
    }
  }

  #deliverLast(message: Extract<ServerMessageOf<'tickByTick'>, { readonly kind: 'Last' | 'AllLast' }>, time: string): void {
    const slot = this.#allLast;
    const { sole } = slot;
    if (!slot.heard && !this.#listeners.isTapped()) return;
    const { reqId, price, size, mask, exchange, specialConditions } = message;
    const kind = message.kind === 'Last' ? 1 : 2;
    const attributes = { pastLimit: (mask & 1) !== 0, unreported: (mask & 2) !== 0 };
    if (this.#listeners.isTapped() || sole === undefined) {
      this.#emitMany(slot, reqId, kind, time, price, size, attributes, exchange, specialConditions);
      return;
    }
    try {
      sole.call(this.#api, reqId, kind, time, price, size, attributes, exchange, specialConditions);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, reqId, kind, time, price, size, attributes, exchange, specialConditions);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #deliverBidAsk(message: Extract<ServerMessageOf<'tickByTick'>, { readonly kind: 'BidAsk' }>, time: string): void {
    const slot = this.#bidAsk;
    const { sole } = slot;
    if (!slot.heard && !this.#listeners.isTapped()) return;
    const { reqId, bidPrice, askPrice, bidSize, askSize, mask } = message;
    const attributes = { bidPastLow: (mask & 1) !== 0, askPastHigh: (mask & 2) !== 0 };
    if (this.#listeners.isTapped() || sole === undefined) {
      this.#emitMany(slot, reqId, time, bidPrice, askPrice, bidSize, askSize, attributes);
      return;
    }
    try {
      sole.call(this.#api, reqId, time, bidPrice, askPrice, bidSize, askSize, attributes);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, reqId, time, bidPrice, askPrice, bidSize, askSize, attributes);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #deliverDepth(message: ServerMessageOf<'marketDepth'>): void {
    const { reqId, position, operation, side, price, size } = message;
    this.#emitMany(this.#depth, reqId, position, operation, side, price, size);
  }

  #deliverDepthL2(message: ServerMessageOf<'marketDepthL2'>): void {
    const { reqId, position, marketMaker, operation, side, price, size, isSmartDepth } = message;
    this.#emitMany(this.#depthL2, reqId, position, marketMaker, operation, side, price, size, isSmartDepth);
  }

  #deliverRealTimeBar(message: ServerMessageOf<'realTimeBar'>): void {
    const { reqId, time, open, high, low, close, volume, wap, count } = message;
    this.#emitMany(this.#realtimeBar, reqId, time, open, high, low, close, volume, wap, count);
  }

  #deliverHistory(message: ServerMessageOf<'historicalData'>): void {
    const slot = this.#historicalData;
    if (!slot.heard && !this.#listeners.isTapped()) return;
    const { reqId, start, end } = message;
    forEachBar(message, ({ date, open, high, low, close, volume, wap, count }) => {
      const { sole } = slot;
      // Who listens may change with every bar.
      if (this.#listeners.isTapped() || sole === undefined) {
        this.#emitMany(slot, reqId, date, open, high, low, close, volume, count, wap, undefined);
        return;
      }
      try {
        sole.call(this.#api, reqId, date, open, high, low, close, volume, count, wap, undefined);
        if (this.#listeners.isTapped()) this.#output.repeat(slot.name, reqId, date, open, high, low, close, volume, count, wap, undefined);
      } catch (error) {
        this.#output.onListenerError(error);
      }
    });
    this.#emitMany(slot, reqId, `finished-${start}-${end}`, -1, -1, -1, -1, -1, -1, -1, false);
  }

  #deliverHistoryUpdate(message: ServerMessageOf<'historicalDataUpdate'>): void {
    const { date, open, high, low, close, volume, wap, count } = message.bar;
    this.#emitMany(this.#historicalUpdate, message.reqId, date, open, high, low, close, volume, count, wap);
  }

  #deliverOrderStatus(message: ServerMessageOf<'orderStatus'>): void {
    const { orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice } = message;
    const slot = this.#orderStatus;
    const { sole } = slot;
    if (this.#listeners.isTapped() || sole === undefined) {
      const rest = [Number(permId), parentId, lastFillPrice, clientId, whyHeld ?? '', mktCapPrice];
      this.#emitMany(slot, orderId, status, filled, remaining, avgFillPrice, ...rest);
      return;
    }
    try {
      const id = Number(permId);
      sole.call(this.#api, orderId, status, filled, remaining, avgFillPrice, id, parentId, lastFillPrice, clientId, whyHeld ?? '', mktCapPrice);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, orderId, status, filled, remaining, avgFillPrice, id, parentId, lastFillPrice, clientId, whyHeld ?? '', mktCapPrice);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #emit3(slot: EventSlot, first: unknown, second: unknown, third: unknown): void {
    const { sole } = slot;
    if (this.#listeners.isTapped() || sole === undefined) {
      this.#emitMany(slot, first, second, third);
      return;
    }
    try {
      sole.call(this.#api, first, second, third);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, first, second, third);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #emit4(slot: EventSlot, first: unknown, second: unknown, third: unknown, fourth: unknown): void {
    const { sole } = slot;
    if (this.#listeners.isTapped() || sole === undefined) {
      this.#emitMany(slot, first, second, third, fourth);
      return;
    }
    try {
      sole.call(this.#api, first, second, third, fourth);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, first, second, third, fourth);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }

  #emitMany(slot: EventSlot, ...args: readonly unknown[]): void {
    if (this.#listeners.isTapped()) {
      this.#output.emit(slot.name, ...args);
      return;
    }
    if (!slot.heard) return;
    try {
      this.#api.emit(slot.name, ...args);
      if (this.#listeners.isTapped()) this.#output.repeat(slot.name, ...args);
    } catch (error) {
      this.#output.onListenerError(error);
    }
  }
}
