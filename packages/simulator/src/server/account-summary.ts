import type { Timer } from '@ibkit/clock';
import type { AccountValue, Brokerage } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';
import { ACCOUNT_REFRESH_MS } from './account-updates.js';
import type { ClientSession } from './client-session.js';

/** TWS API: the values behind `$LEDGER`, per currency. */
const LEDGER_KEYS: ReadonlySet<string> = new Set([
  'AccruedCash',
  'CashBalance',
  'ExchangeRate',
  'NetLiquidationByCurrency',
  'OptionMarketValue',
  'RealizedPnL',
  'StockMarketValue',
  'TotalCashBalance',
  'UnrealizedPnL',
]);

const BASE = 'BASE';

/** Options of an {@link AccountSummary}. */
export interface AccountSummaryOptions {
  readonly session: ClientSession;
  readonly reqId: number;
  /** Comma separated, as in the request. */
  readonly tags: string;
  readonly brokerage: Brokerage;
  readonly market: Market;
}

/** Whether a value belongs to the tag: a plain key, `$LEDGER` (base currency), `$LEDGER:USD` or `$LEDGER:ALL`. */
function fits(tag: string, { key, currency }: AccountValue): boolean {
  if (!tag.startsWith('$LEDGER')) return key === tag && currency !== BASE;
  const wanted = tag.split(':')[1];
  return LEDGER_KEYS.has(key) && currency !== '' && (wanted === 'ALL' || currency === (wanted ?? BASE));
}

/** The stream behind reqAccountSummary: the wanted values of every account once, then what changed, every three minutes. */
export class AccountSummary {
  readonly #options: AccountSummaryOptions;
  readonly #tags: readonly string[];
  readonly #sent = new Map<string, string>();
  #timer: Timer | undefined;

  constructor(options: AccountSummaryOptions) {
    this.#options = options;
    this.#tags = options.tags.split(',').map((tag) => tag.trim());
  }

  start(): void {
    const { session, reqId } = this.#options;
    this.#send();
    session.send({ type: 'accountSummaryEnd', reqId });
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#options.market.clock.setTimer(ACCOUNT_REFRESH_MS, () => {
      this.#send();
      this.#arm();
    });
  }

  #send(): void {
    const { session, reqId, brokerage } = this.#options;
    for (const account of brokerage.accounts) {
      const values = brokerage.accountValues(account);
      for (const line of this.#tags.flatMap((tag) => values.filter((value) => fits(tag, value)))) {
        const name = `${account} ${line.key} ${line.currency}`;
        if (this.#sent.get(name) === line.value) continue;
        this.#sent.set(name, line.value);
        session.send({ type: 'accountSummary', reqId, account, tag: line.key, value: line.value, currency: line.currency });
      }
    }
  }
}
