import type { ServerMessage, ServerMessageOf, WireContract } from '@ibkit/wire';
import { ValueRows } from './account-values.js';

/** One line of a portfolio. Amounts are in the currency of the contract; absent is what the broker does not know. */
export interface PortfolioLine {
  readonly account: string;
  readonly contract: WireContract;
  /** Negative when short; 0 for a position that was closed today. */
  readonly position: number;
  readonly marketPrice?: number | undefined;
  readonly marketValue?: number | undefined;
  /** Per unit, with commissions, multiplier included (TWS API: updatePortfolio.averageCost). */
  readonly averageCost?: number | undefined;
  readonly unrealizedPnl?: number | undefined;
  readonly realizedPnl?: number | undefined;
}

/** The portfolio of one account. */
export interface Portfolio {
  readonly account: string;
  readonly lines: readonly PortfolioLine[];
  /** When the broker computed it: `hh:mm` in the time zone of the trading platform. */
  readonly computedAt?: string | undefined;
  /** False while the broker resets its servers: then nothing in it is to be trusted (TWS API: AccountReady). */
  readonly ready: boolean;
}

function lineOf(message: ServerMessageOf<'portfolioValue'>): PortfolioLine {
  const { accountName, contract, position, marketPrice, marketValue, averageCost, unrealizedPNL, realizedPNL } = message;
  return { account: accountName, contract, position, marketPrice, marketValue, averageCost, unrealizedPnl: unrealizedPNL, realizedPnl: realizedPNL };
}

/** What the broker sends about the portfolio of one account, sorted out from what it sends about others. */
export class PortfolioBook {
  readonly account: string;
  readonly #lines = new Map<string, PortfolioLine>();
  readonly #values = new ValueRows();
  #computedAt: string | undefined;

  constructor(account: string) {
    this.account = account;
  }

  get view(): Portfolio {
    return { account: this.account, lines: [...this.#lines.values()], ...(this.#computedAt === undefined ? {} : { computedAt: this.#computedAt }), ready: this.#values.ready };
  }

  /**
   * Books a message; gives back what it was. The end of a download names an account, but not always the one that it is about: it is
   * the end of this one once rows of this account have come, because the broker answers in order and every account has values. An end
   * without any row before it is no answer.
   */
  take(message: ServerMessage): 'row' | 'end' | undefined {
    switch (message.type) {
      case 'accountValue':
        if (message.accountName !== this.account) return undefined;
        this.#values.put(message);
        return 'row';
      case 'portfolioValue':
        if (message.accountName !== this.account) return undefined;
        this.#lines.set(String(message.contract.conId ?? JSON.stringify(message.contract)), lineOf(message));
        return 'row';
      case 'accountUpdateTime':
        // It names no account: it follows the rows that it is about.
        if (this.#values.size + this.#lines.size === 0) return undefined;
        this.#computedAt = message.timeStamp;
        return 'row';
      case 'accountDownloadEnd':
        return this.#values.size > 0 ? 'end' : undefined;
      default:
        return undefined;
    }
  }
}
