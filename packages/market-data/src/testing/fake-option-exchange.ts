import type { ClientMessage, ServerMessage, WireContract, WireContractDetails } from '@ibkit/wire';
import type { Broker, FakeConnection } from './fake-connection.js';
import { AAPL, tickPrice } from './fake-broker.js';

/** What the exchange says about one option. */
export type OptionAnswer = 'all' | 'noBid' | 'noGreeks' | 'notComputed' | 'silent' | number;

/** One class of options that the exchange lists. */
export interface FakeOptionClass {
  readonly tradingClass: string;
  readonly exchange?: string | undefined;
  readonly multiplier?: number | undefined;
  /** `YYYYMMDD`. */
  readonly expiries: readonly string[];
  readonly strikes: readonly number[];
}

/** What a {@link FakeOptionExchange} is like; everything may be changed while it runs. */
export interface FakeExchangeOptions {
  readonly underlying?: WireContractDetails | undefined;
  readonly classes: readonly FakeOptionClass[];
  /** What the details of every option say besides. */
  readonly details?: Partial<WireContractDetails> | undefined;
  /** Which contracts do not exist although their class has the expiry and the strike. */
  readonly lacks?: ((contract: WireContract) => boolean) | undefined;
}

const FIRST_CON_ID = 500_000_000;
const BID = 1;
const ASK = 2;
const MODEL = 13;

/** Lists options in memory, answers for them, and counts the lines that are open as the broker does. */
export class FakeOptionExchange {
  price = 100;
  /** What it says about an option; a number is a code of an error. */
  answer: (contract: WireContract) => OptionAnswer = () => 'all';
  /** What it says about the underlying: its price, or a code of an error. */
  underlyingAnswer: 'price' | 'silent' | number = 'price';
  /** More lines than this are refused (101). */
  mostLines = Number.POSITIVE_INFINITY;
  /** Lines that are open, by request, and the most that were at a time. */
  readonly lines = new Map<number, WireContract>();
  most = 0;
  readonly underlying: WireContractDetails;
  readonly contracts: readonly WireContractDetails[];
  readonly #classes: readonly FakeOptionClass[];

  constructor({ underlying = AAPL, classes, details, lacks = () => false }: FakeExchangeOptions) {
    this.underlying = underlying;
    this.#classes = classes;
    let conId = FIRST_CON_ID;
    this.contracts = classes.flatMap((one) =>
      one.expiries.flatMap((expiry) =>
        one.strikes.flatMap((strike) =>
          (['C', 'P'] as const).map((right): WireContractDetails => ({
            contract: {
              conId: (conId += 1),
              symbol: underlying.contract.symbol,
              secType: underlying.contract.secType === 'FUT' ? 'FOP' : 'OPT',
              lastTradeDateOrContractMonth: expiry,
              strike,
              right,
              multiplier: String(one.multiplier ?? 100),
              exchange: one.exchange ?? 'SMART',
              currency: 'USD',
              localSymbol: `${one.tradingClass} ${expiry}${right}${strike}`,
              tradingClass: one.tradingClass,
            },
            minTick: 0.01,
            longName: '',
            validExchanges: one.exchange ?? 'SMART',
            underConId: underlying.contract.conId,
            timeZoneId: 'US/Eastern',
            ...details,
          })),
        ),
      ),
    ).filter(({ contract }) => !lacks(contract));
  }

  readonly broker: Broker = (message, connection) => {
    switch (message.type) {
      case 'reqContractDetails':
        this.#details(message.reqId, message.contract, connection);
        return;
      case 'reqSecDefOptParams':
        for (const one of this.#classes) connection.deliver(this.#parameters(message.reqId, one));
        connection.deliver({ type: 'secDefOptParameterEnd', reqId: message.reqId });
        return;
      case 'reqMktData':
        this.#subscribe(message, connection);
        return;
      case 'cancelMktData':
        this.lines.delete(message.reqId);
        return;
      default:
    }
  };

  /** The request that an option is watched by. */
  idOf(strike: number, right: 'C' | 'P'): number {
    for (const [id, contract] of this.lines) if (contract.strike === strike && contract.right === right) return id;
    throw new Error(`nobody watches ${strike} ${right}`);
  }

  /** Tells everything about an option, or what is asked for. */
  quote(connection: FakeConnection, reqId: number, contract: WireContract, answer: OptionAnswer = 'all'): void {
    if (answer === 'silent' || typeof answer === 'number') return;
    const worth = Math.max(0.5, (contract.right === 'P' ? -1 : 1) * (this.price - (contract.strike ?? 0)) + 2);
    connection.deliver({ type: 'marketDataType', reqId, marketDataType: 1 });
    connection.deliver(answer === 'noBid' ? tickPrice(reqId, BID, -1, 0) : tickPrice(reqId, BID, worth - 0.1, 5));
    connection.deliver(tickPrice(reqId, ASK, worth + 0.1, 7));
    if (answer !== 'noGreeks') connection.deliver(this.#model(reqId, contract, answer === 'notComputed'));
  }

  /** Tells the price of the underlying on its line. */
  movePrice(connection: FakeConnection, price: number): void {
    this.price = price;
    for (const [id, contract] of this.lines) if (contract.conId === this.underlying.contract.conId) this.#tellPrice(connection, id);
  }

  #tellPrice(connection: FakeConnection, reqId: number): void {
    connection.deliver(tickPrice(reqId, BID, this.price - 0.01, 100));
    connection.deliver(tickPrice(reqId, ASK, this.price + 0.01, 100));
  }

  #subscribe(message: Extract<ClientMessage, { readonly type: 'reqMktData' }>, connection: FakeConnection): void {
    const { reqId, contract } = message;
    const isUnderlying = contract.conId === this.underlying.contract.conId;
    const error = isUnderlying ? this.underlyingAnswer : this.answer(contract);
    if (typeof error === 'number' || this.lines.size >= this.mostLines) {
      connection.deliver({ type: 'errMsg', id: reqId, code: typeof error === 'number' ? error : 101, msg: 'refused' });
      return;
    }
    if (message.snapshot === true) {
      this.quote(connection, reqId, contract, this.answer(contract));
      connection.deliver({ type: 'tickSnapshotEnd', reqId });
      return;
    }
    this.lines.set(reqId, contract);
    this.most = Math.max(this.most, this.lines.size);
    if (!isUnderlying) this.quote(connection, reqId, contract, this.answer(contract));
    else if (error === 'price') this.#tellPrice(connection, reqId);
  }

  #model(reqId: number, contract: WireContract, isNone: boolean): ServerMessage {
    const sign = contract.right === 'P' ? -1 : 1;
    const inMoney = (sign * (this.price - (contract.strike ?? 0))) / this.price;
    const size = Math.min(0.99, Math.max(0.01, 0.5 + 3 * inMoney));
    return {
      type: 'tickOptionComputation', reqId, tickType: MODEL, tickAttrib: 0, impliedVol: isNone ? -1 : 0.3, delta: isNone ? -2 : sign * size,
      optPrice: isNone ? -1 : 2, pvDividend: 0, gamma: isNone ? -2 : 0.01, vega: isNone ? -2 : 0.1, theta: isNone ? -2 : -0.05, undPrice: this.price,
    }; // prettier-ignore
  }

  #parameters(reqId: number, one: FakeOptionClass): ServerMessage {
    const { tradingClass, exchange = 'SMART', multiplier = 100, expiries, strikes } = one;
    return { type: 'secDefOptParameter', reqId, exchange, underlyingConId: this.underlying.contract.conId ?? 0, tradingClass, multiplier: String(multiplier), expirations: expiries, strikes };
  }

  #details(reqId: number, asked: WireContract, connection: FakeConnection): void {
    const fits = ({ contract }: WireContractDetails): boolean =>
      (['conId', 'symbol', 'secType', 'lastTradeDateOrContractMonth', 'strike', 'right', 'multiplier', 'tradingClass', 'localSymbol'] as const).every(
        (field) => asked[field] === undefined || asked[field] === contract[field],
      );
    const found = [this.underlying, ...this.contracts].filter(fits);
    for (const details of found) connection.deliver({ type: 'contractDetails', reqId, details });
    if (found.length > 0) connection.deliver({ type: 'contractDetailsEnd', reqId });
    else connection.deliver({ type: 'errMsg', id: reqId, code: 200, msg: 'No security definition has been found for the request' });
  }
}
