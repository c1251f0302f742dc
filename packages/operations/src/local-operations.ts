import type { BrokerOperations } from '@ibkit/api-contract';
import { accountOperations } from './account/account-operations.js';
import { errorNews, feedErrors } from './errors/error-feed.js';
import { errorOperations } from './errors/error-operations.js';
import { RecentErrors } from './errors/recent-errors.js';
import { flowOperations } from './flow/flow-operations.js';
import { gatewayOperations } from './gateway/gateway-operations.js';
import { healthOperations } from './health/health-operations.js';
import { limitedOperations } from './limited/limited-operations.js';
import { marketOperations } from './market/market-operations.js';
import { QuoteBoard } from './market/quote-board.js';
import { resolveOperationsOptions } from './options.js';
import type { OperationsOptions } from './options.js';
import { orderOperations } from './orders/order-operations.js';
import { recordingOperations } from './recordings/recording-operations.js';
import { RecordingsDesk } from './recordings/recordings-desk.js';
import { riskOperations } from './risk/risk-operations.js';

/** How many different errors in a row are remembered. */
const MOST_ERRORS = 1000;

/** Every operation over a connection of this process, and its end. */
export interface LocalOperations extends BrokerOperations, AsyncDisposable {
  /** How many quotes are followed for callers that ask now and then. */
  readonly followedQuotes: number;
  /** The same operations for somebody who is limited to accounts: answers hold what is of them, and no sign of others. What acts on orders is not limited by it: whoever asks must see to that. */
  limitedTo(accounts: readonly string[]): BrokerOperations;
  /** Begins anew what a program that was killed was recording; needs a session. @returns how many were begun; throws the errors of `startRecording` */
  resumeRecordings(signal?: AbortSignal): Promise<number>;
  /** Gives up what the operations hold: lines of quotes, recordings, listeners. The parts that were given stay open. Idempotent. */
  close(): Promise<void>;
}

/**
 * The operations of the API over a connection of this process: what the daemon serves and the command line does by itself. Each validates what a schema cannot
 * see, passes the signal down, and answers a value of the contract; errors are those of the packages below, or `IBKR_..._NOT_CONFIGURED` for a part that is not there.
 * @throws {@link UsageError} for an option out of its range.
 */
export function createOperations(options: OperationsOptions): LocalOperations {
  const resolved = resolveOperationsOptions(options);
  const { clock, connection, marketData, dataWaitMs, quoteKeepMs, maxQuotes } = resolved;
  const quotes = new QuoteBoard({ clock, marketData, connection, keepMs: quoteKeepMs, waitMs: dataWaitMs, maxQuotes });
  const errors = new RecentErrors(MOST_ERRORS);
  const stopFeed = feedErrors(resolved, errors);
  const onFailure = (error: unknown): void => {
    errors.add(errorNews(clock.now(), error));
  };
  const desk = resolved.recordings === undefined ? undefined : new RecordingsDesk({ ...resolved, recordings: resolved.recordings });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      stopFeed();
      await Promise.all([quotes.close(), desk?.close()]);
    })();
    return closing;
  };
  const operations: BrokerOperations = {
    ...healthOperations({ ...resolved, startedAtMs: clock.monotonic() }),
    ...accountOperations(resolved),
    ...marketOperations({ ...resolved, quotes }),
    ...orderOperations(resolved),
    ...riskOperations(resolved),
    ...gatewayOperations({ ...resolved, onFailure }),
    ...flowOperations(resolved),
    ...errorOperations({ errors }),
    ...recordingOperations({ desk }),
  };
  return {
    ...operations,
    limitedTo: (accounts) => ({ ...operations, ...limitedOperations(operations, accounts, { ...resolved, errors }) }),
    get followedQuotes() {
      return quotes.size;
    },
    resumeRecordings: async (signal) => (await desk?.resume(signal))?.length ?? 0,
    close,
    [Symbol.asyncDispose]: close,
  };
}
