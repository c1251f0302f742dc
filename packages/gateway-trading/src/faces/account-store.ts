import type { AccountValues } from '../account/account-values.js';
import type { Live, LiveStream } from '../account/live-stream.js';
import type { Pnl } from '../account/pnl.js';
import type { Portfolio } from '../account/portfolio-book.js';
import type { PositionList } from '../account/positions-feed.js';
import type { Trading } from '../trading/trading.js';

/** Told what happens to the account. */
export interface AccountListener {
  positions(value: Live<PositionList>): void;
  portfolio(value: Live<Portfolio>): void;
  values(value: Live<AccountValues>): void;
  pnl(value: Live<Pnl>): void;
  failed(error: Error): void;
}

interface AccountStreams {
  readonly positions?: LiveStream<PositionList> | undefined;
  readonly portfolio?: LiveStream<Portfolio> | undefined;
  readonly values?: LiveStream<AccountValues> | undefined;
  readonly pnl?: LiveStream<Pnl> | undefined;
}

/** Positions of the session, and portfolio, values and profit of one account, kept up to date from the first connect on. */
export class AccountStore {
  readonly #trading: Trading;
  readonly #listener: AccountListener;
  #streams: AccountStreams = {};

  constructor(trading: Trading, listener: AccountListener) {
    this.#trading = trading;
    this.#listener = listener;
  }

  get positions(): Live<PositionList> | undefined {
    return this.#streams.positions?.current;
  }

  get portfolio(): Live<Portfolio> | undefined {
    return this.#streams.portfolio?.current;
  }

  get values(): Live<AccountValues> | undefined {
    return this.#streams.values?.current;
  }

  get pnl(): Live<Pnl> | undefined {
    return this.#streams.pnl?.current;
  }

  /** Follows what is not followed yet, or not any more. @param account `undefined`: positions only, which need no account */
  follow(account: string | undefined): void {
    const { positions, portfolio, values, pnl } = this.#streams;
    this.#streams = {
      positions: this.#kept(positions) ?? this.#followed(this.#trading.positionUpdates(), (value) => {
        this.#listener.positions(value);
      }),
      ...(account === undefined ? {} : {
        portfolio: this.#kept(portfolio) ?? this.#followed(this.#trading.portfolioUpdates(account), (value) => {
          this.#listener.portfolio(value);
        }),
        values: this.#kept(values) ?? this.#followed(this.#trading.accountUpdates({ account }), (value) => {
          this.#listener.values(value);
        }),
        pnl: this.#kept(pnl) ?? this.#followed(this.#trading.pnl(account), (value) => {
          this.#listener.pnl(value);
        }),
      }),
    };
  }

  #kept<T>(stream: LiveStream<T> | undefined): LiveStream<T> | undefined {
    return stream?.status === 'ended' ? undefined : stream;
  }

  #followed<T>(stream: LiveStream<T>, update: (value: Live<T>) => void): LiveStream<T> {
    stream.on('update', update);
    stream.on('end', ({ error }) => {
      if (error !== undefined) this.#listener.failed(error);
    });
    return stream;
  }
}
