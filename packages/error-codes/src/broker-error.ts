import { describeError } from './describe-error.js';
import type { ErrorCategory, ErrorDescription } from './description.js';
import {
  AccountError,
  ConnectionError,
  ContractError,
  HistoricalDataError,
  MarketDataError,
  OrderError,
  RateLimitError,
  RequestError,
  SystemError,
} from './error-classes.js';
import type { IbkrError, IbkrErrorCode, IbkrErrorOptions } from './ibkr-error.js';

/** What the broker said. */
export interface BrokerNotice {
  readonly code: number;
  /** The broker's own text. */
  readonly message: string;
  /** The request or order id that it came with; -1 and absent: about the connection. */
  readonly id?: number | undefined;
  /** What was being done, for the start of the message: `history for AAPL`. */
  readonly context?: string | undefined;
}

const CLASS_OF_CATEGORY: Readonly<Record<ErrorCategory, new (options: IbkrErrorOptions) => IbkrError>> = {
  connection: ConnectionError,
  pacing: RateLimitError,
  marketData: MarketDataError,
  historical: HistoricalDataError,
  contract: ContractError,
  request: RequestError,
  order: OrderError,
  account: AccountError,
  system: SystemError,
  unclassified: RequestError,
};

function screamingSnake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/gu, '$1_$2').toUpperCase();
}

function errorCodeOf(description: ErrorDescription): IbkrErrorCode {
  const area = screamingSnake(description.category);
  const what = description.name === undefined ? String(description.code) : screamingSnake(description.name);
  return what.startsWith(`${area}_`) ? `IBKR_${what}` : `IBKR_${area}_${what}`;
}

/**
 * The error for what the broker said: of the class of its category, with `brokerCode`, tips, and a stable `code` made of
 * category and name (`IBKR_CONTRACT_NOT_FOUND` for 200, `IBKR_UNCLASSIFIED_99999` for a code that is not in the table).
 */
export function brokerError(notice: BrokerNotice): IbkrError {
  const description = describeError(notice.code, notice.message);
  const ErrorClass = CLASS_OF_CATEGORY[description.category];
  const said = notice.message.trim() === '' ? description.description : notice.message.trim();
  return new ErrorClass({
    code: errorCodeOf(description),
    message: `${notice.context === undefined ? '' : `${notice.context}: `}${said} (broker code ${notice.code})`,
    retryable: description.retryable,
    brokerCode: notice.code,
    tips: description.tips,
    details: notice.id === undefined ? {} : { id: notice.id },
  });
}
