import type { ServerMessageOf } from '@ibkit/wire';
import type { DataGap } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';

/**
 * What a tick-by-tick stream carries: `Last` trades as the exchanges report them, `AllLast` also combos, derivatively priced and
 * average-price trades, `BidAsk` changes of the best bid and ask, `MidPoint` their middle.
 */
export type TickByTickKind = 'Last' | 'AllLast' | 'BidAsk' | 'MidPoint';

interface TickBase {
  readonly symbol: string;
  readonly conId: number;
  /** Epoch milliseconds by the broker, which sends whole seconds. */
  readonly time: number;
  /** When it was received, epoch milliseconds. */
  readonly receivedAtMs: number;
}

/** One trade. */
export interface TradeTick extends TickBase {
  readonly type: 'trade';
  readonly price: number;
  readonly size: number;
  readonly exchange: string;
  /** The exchange's condition codes; empty for a plain trade. */
  readonly conditions: string;
  readonly pastLimit: boolean;
  /** Not reported to the tape, so it counts neither for volume nor for high and low. */
  readonly unreported: boolean;
}

/** One change of the best bid and ask. */
export interface BidAskTick extends TickBase {
  readonly type: 'bidAsk';
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly bidPastLow: boolean;
  readonly askPastHigh: boolean;
}

/** One change of the middle of bid and ask. */
export interface MidPointTick extends TickBase {
  readonly type: 'midPoint';
  readonly price: number;
}

/** A hole in the stream, at its place in the stream: what happened from `fromMs` to `toMs` was not seen. */
export interface GapTick extends DataGap {
  readonly type: 'gap';
  readonly symbol: string;
  readonly conId: number;
}

/** The ticks of each kind of stream. */
export interface TickOfKind {
  readonly Last: TradeTick;
  readonly AllLast: TradeTick;
  readonly BidAsk: BidAskTick;
  readonly MidPoint: MidPointTick;
}

type TickMessage = ServerMessageOf<'tickByTick'>;
type Identity = Pick<ResolvedContract, 'symbol' | 'conId'>;

/** Reads the broker's message as a tick of the stream's kind; `undefined` for another kind. */
type ReadTick<T> = (message: TickMessage, identity: Identity, receivedAtMs: number) => T | undefined;

/** TWS API, tickByTick attributes: meaning of the mask's bits. */
const FIRST_BIT = 1;
const SECOND_BIT = 2;

function baseOf(message: TickMessage, identity: Identity, receivedAtMs: number): TickBase {
  return { symbol: identity.symbol, conId: identity.conId, time: message.time * 1000, receivedAtMs };
}

const readTrade: ReadTick<TradeTick> = (message, identity, receivedAtMs) => {
  if (message.kind !== 'Last' && message.kind !== 'AllLast') return undefined;
  return {
    type: 'trade',
    ...baseOf(message, identity, receivedAtMs),
    price: message.price,
    size: message.size,
    exchange: message.exchange,
    conditions: message.specialConditions,
    pastLimit: (message.mask & FIRST_BIT) !== 0,
    unreported: (message.mask & SECOND_BIT) !== 0,
  };
};

/** How the ticks of each kind are read. */
export const READ_TICK: { readonly [K in TickByTickKind]: ReadTick<TickOfKind[K]> } = {
  Last: readTrade,
  AllLast: readTrade,
  BidAsk: (message, identity, receivedAtMs) => {
    if (message.kind !== 'BidAsk') return undefined;
    return {
      type: 'bidAsk',
      ...baseOf(message, identity, receivedAtMs),
      bid: message.bidPrice,
      ask: message.askPrice,
      bidSize: message.bidSize,
      askSize: message.askSize,
      bidPastLow: (message.mask & FIRST_BIT) !== 0,
      askPastHigh: (message.mask & SECOND_BIT) !== 0,
    };
  },
  MidPoint: (message, identity, receivedAtMs) => {
    if (message.kind !== 'MidPoint') return undefined;
    return { type: 'midPoint', ...baseOf(message, identity, receivedAtMs), price: message.midPoint };
  },
};
