import type { Timer } from '@ibkit/clock';
import type { AccountValue, Brokerage } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';
import { ACCOUNT_REFRESH_MS } from './account-updates.js';
import type { ClientSession } from './client-session.js';

const BASE = 'BASE';

/** TWS API: the values behind `$LEDGER`, per currency. Those that no account has here are 0. */
const LEDGER_KEYS: readonly string[] = [
  'AccruedCash',
  'CashBalance',
  'CorporateBondValue',
  'Cryptocurrency',
  'ExchangeRate',
  'FundValue',
  'FutureOptionValue',
  'FuturesPNL',
  'FxCashBalance',
  'IssuerOptionValue',
  'MoneyMarketFundValue',
  'MutualFundValue',
  'NetDividend',
  'NetLiquidationByCurrency',
  'OptionMarketValue',
  'RealizedPnL',
  'StockMarketValue',
  'TBillValue',
  'TBondValue',
  'TotalCashBalance',
  'UnrealizedPnL',
  'WarrantValue',
];

/** TWS API: tags of the summary that account updates spell otherwise. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['ReqTEquity', 'RegTEquity'],
  ['ReqTMargin', 'RegTMargin'],
]);

/** TWS API: unlimited day trades. */
const UNLIMITED = '-1';

/** Options of an {@link AccountSummary}. */
export interface AccountSummaryOptions {
  readonly session: ClientSession;
  readonly reqId: number;
  /** Comma separated, as in the request. */
  readonly tags: string;
  readonly brokerage: Brokerage;
  readonly market: Market;
}

/** The ledger of an account: its values per currency, and once more under the name of the base currency, which is the only one. */
function ledgerOf(account: string, values: readonly AccountValue[], currency: string): readonly AccountValue[] {
  const known = new Map(values.filter((value) => value.currency !== '').map(({ key, value }) => [key, value]));
  return [
    { account, key: 'Currency', value: currency, currency },
    { account, key: 'RealCurrency', value: currency, currency },
    { account, key: 'AccountOrGroup', value: account, currency },
    ...LEDGER_KEYS.map((key) => ({ account, key, value: known.get(key) ?? '0.00', currency })),
  ];
}

/** What a tag stands for: a plain key, `$LEDGER` (base currency), `$LEDGER:USD` or `$LEDGER:ALL`. Unknown ones stand for nothing. */
function linesOf(tag: string, account: string, values: readonly AccountValue[], dayPnl: number): readonly AccountValue[] {
  if (tag.startsWith('$LEDGER')) {
    const currencies = [...new Set(values.filter(({ key }) => key === 'Currency').map(({ value }) => value)), BASE];
    const wanted = tag.split(':')[1] ?? BASE;
    return currencies.filter((currency) => wanted === 'ALL' || currency === wanted).flatMap((currency) => ledgerOf(account, values, currency));
  }
  if (/^DayTradesRemainingT\+[1-4]$/.test(tag)) return [{ account, key: tag, value: UNLIMITED, currency: '' }];
  if (/^Previous(Day)?EquityWithLoanValue$/.test(tag)) {
    const equity = values.find(({ key }) => key === 'EquityWithLoanValue');
    return equity === undefined ? [] : [{ ...equity, key: tag, value: (Number(equity.value) - dayPnl).toFixed(2) }];
  }
  const name = OTHER_NAMES.get(tag) ?? tag;
  return values.filter(({ key, currency }) => key === name && currency !== BASE).map((line) => ({ ...line, key: tag }));
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
      const dayPnl = brokerage.pnl(account).daily;
      for (const line of this.#tags.flatMap((tag) => linesOf(tag, account, values, dayPnl))) {
        const name = `${account} ${line.key} ${line.currency}`;
        if (this.#sent.get(name) === line.value) continue;
        this.#sent.set(name, line.value);
        session.send({ type: 'accountSummary', reqId, account, tag: line.key, value: line.value, currency: line.currency });
      }
    }
  }
}
