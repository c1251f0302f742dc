import { withDeadline } from '@ibkit/clock';
import { AccountError, TimeoutError, UsageError } from '@ibkit/error-codes';
import { accountKind } from '@ibkit/wire';
import type { BrokerLists, ListOptions, SummaryScope } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import { balanceOf } from './account-balance.js';
import type { AccountBalance } from './account-balance.js';
import type { AccountSummary, Position } from './account-data.js';
import type { AccountReader } from './account-reader.js';
import { AccountValuesFeeds, askAccountValues } from './account-values-feeds.js';
import type { AccountValues } from './account-values.js';
import { readAccountAliases, readAdvisorGroups } from './advisor.js';
import type { AccountAlias, AdvisorGroup } from './advisor.js';
import { LinkState } from './link-state.js';
import { LiveFeeds } from './live-feeds.js';
import type { LiveStream } from './live-stream.js';
import { PnlFeeds } from './pnl.js';
import type { Pnl, PositionPnl } from './pnl.js';
import type { Portfolio } from './portfolio-book.js';
import { PortfolioSlot } from './portfolio-slot.js';
import { PositionCheck } from './position-check.js';
import type { PositionCheckReport } from './position-check.js';
import { PositionsFeed } from './positions-feed.js';
import type { PositionList } from './positions-feed.js';

/** Which account, and which of its model portfolios. */
export interface AccountQuery {
  /** @defaultValue the account of the session, when it has only one */
  readonly account?: string | undefined;
  /** A model portfolio. @defaultValue none: all of the account */
  readonly model?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whose positions. */
export interface PositionsQuery extends Omit<AccountQuery, 'account'> {
  /** An account, or the name of an advisor's group. @defaultValue all accounts */
  readonly account?: string | undefined;
}

/** Which values of which accounts. */
export interface SummaryQuery extends SummaryScope {
  readonly signal?: AbortSignal | undefined;
}

/** What an {@link AccountDesk} needs. */
export interface AccountDeskOptions {
  readonly connection: TradingConnection;
  readonly lists: BrokerLists;
  readonly reader: AccountReader;
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly dayOf: (atMs: number) => string;
  readonly onDrift: (report: PositionCheckReport) => void;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** How long cancelling at the broker may hold up the end, milliseconds. */
const CLOSE_MS = 1_000;

/** Everything about accounts: complete lists on request, and values that are kept up to date as long as somebody reads them. */
export class AccountDesk {
  readonly #options: AccountDeskOptions;
  readonly #link: LinkState;
  readonly #pnl: PnlFeeds;
  readonly #values: AccountValuesFeeds;
  readonly #slot: PortfolioSlot;
  readonly #positions = new LiveFeeds<PositionList>();
  readonly #check: PositionCheck;

  constructor(options: AccountDeskOptions) {
    const { connection, timeoutMs, onListenerError } = options;
    this.#options = options;
    this.#link = new LinkState(connection);
    const deps = { connection, link: this.#link, timeoutMs, onListenerError };
    this.#pnl = new PnlFeeds(deps);
    this.#values = new AccountValuesFeeds(deps);
    this.#slot = new PortfolioSlot({ ...options, ...deps });
    this.#check = new PositionCheck(options);
  }

  positions({ account, model, signal }: PositionsQuery): Promise<readonly Position[]> {
    const { reader, lists } = this.#options;
    if (account === undefined && model === undefined) return reader.positions(signal);
    return lists.positionsOf({ account: account ?? this.#one(undefined), model }, this.#limits(signal));
  }

  positionUpdates(): LiveStream<PositionList> {
    const { connection, lists, timeoutMs, retryMs, onListenerError } = this.#options;
    return this.#positions.open('all', (onOver) => new PositionsFeed({ connection, link: this.#link, lists, timeoutMs, retryMs, onListenerError }, onOver));
  }

  async portfolio({ account, signal }: Omit<AccountQuery, 'model'>): Promise<Portfolio> {
    return this.#slot.read(this.#one(account), { signal });
  }

  portfolioUpdates(account: string | undefined): LiveStream<Portfolio> {
    return this.#slot.open(this.#one(account));
  }

  async values({ account, model, signal }: AccountQuery): Promise<AccountValues> {
    return askAccountValues(this.#options.connection, { account: this.#one(account), model }, this.#limits(signal));
  }

  valueUpdates({ account, model }: Omit<AccountQuery, 'signal'>): LiveStream<AccountValues> {
    return this.#values.open({ account: this.#one(account), model });
  }

  summary({ group, tags, signal }: SummaryQuery): Promise<readonly AccountSummary[]> {
    const { reader, lists } = this.#options;
    return group === undefined && tags === undefined ? reader.summary(signal) : lists.accountSummary({ group, tags }, this.#limits(signal));
  }

  async balance({ account, signal }: Omit<AccountQuery, 'model'>): Promise<AccountBalance> {
    const owner = this.#one(account);
    const summaries = await this.summary({ signal });
    return balanceOf(summaries, owner, this.#options.connection.clock.now());
  }

  pnl({ account, model }: Omit<AccountQuery, 'signal'>): LiveStream<Pnl> {
    return this.#pnl.ofAccount({ account: this.#one(account), model });
  }

  positionPnl({ conId }: { readonly conId?: number | undefined }, { account, model }: Omit<AccountQuery, 'signal'>): LiveStream<PositionPnl> {
    if (conId === undefined || !Number.isSafeInteger(conId) || conId <= 0) {
      throw new UsageError({ field: 'contract.conId', value: conId, rule: 'must be a whole number above 0: resolve the contract first, or take the one of a position' });
    }
    return this.#pnl.ofPosition({ account: this.#one(account), model }, conId);
  }

  async advisorGroups(signal: AbortSignal | undefined): Promise<readonly AdvisorGroup[]> {
    return readAdvisorGroups(await this.#advisorData(1, signal));
  }

  async accountAliases(signal: AbortSignal | undefined): Promise<readonly AccountAlias[]> {
    return readAccountAliases(await this.#advisorData(3, signal));
  }

  checkPositions(): Promise<PositionCheckReport> {
    return this.#check.run();
  }

  /** A sweep has read executions and positions. */
  swept(positions: readonly Position[]): void {
    this.#check.swept(positions);
  }

  /** Ends every stream; what the broker sends for them is cancelled, the stream of positions excepted, which may be somebody else's, too. */
  async close(error: Error): Promise<void> {
    this.#check.close();
    const ended = Promise.all([this.#pnl.close(error), this.#values.close(error), this.#slot.close(error), this.#positions.close(error)]);
    this.#link.close();
    const timeoutError = (): Error => new TimeoutError({ message: 'The broker could not be told in time that nobody reads any more' });
    // A peer that does not read must not hold up the end: what it was not told ends with its session.
    await withDeadline(this.#options.connection.clock, CLOSE_MS, ended, { timeoutError }).catch(() => undefined);
  }

  #limits(signal: AbortSignal | undefined): ListOptions {
    return { timeoutMs: this.#options.timeoutMs, signal };
  }

  /** TWS API: who is no advisor gets a refusal that carries no id; it is not even asked for. */
  #advisorData(type: 1 | 3, signal: AbortSignal | undefined): Promise<string> {
    const { connection, lists } = this.#options;
    if (connection.session !== undefined && !connection.accounts.some((account) => accountKind(account).advisor)) {
      return Promise.reject(new AccountError({
        code: 'IBKR_ACCOUNT_NOT_ADVISOR',
        message: 'The session has no advisor account, so that there are no groups and no aliases',
        tips: ['Log in as the advisor: its own account begins with F, on paper with DF.'],
      }));
    }
    return lists.advisorData(type, this.#limits(signal));
  }

  #one(account: string | undefined): string {
    const { accounts } = this.#options.connection;
    const [only, ...others] = accounts;
    if (account !== undefined) {
      if (account !== '' && (accounts.includes(account) || accounts.length === 0)) return account;
      // The value is an account id: it stays out of errors.
      throw new UsageError({ field: 'account', rule: `must be one of the accounts of the session, of which there ${accounts.length === 1 ? 'is 1' : `are ${accounts.length}`}` });
    }
    if (only !== undefined && others.length === 0) return only;
    if (only !== undefined) throw new UsageError({ field: 'account', rule: `must be named, because the session has ${accounts.length} accounts` });
    throw new AccountError({ code: 'IBKR_ACCOUNT_UNKNOWN', message: 'No session has told its accounts yet: connect first, or name the account', retryable: true });
  }
}
