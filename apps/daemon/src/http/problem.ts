import type { ApiProblem } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';

/** What a class of errors is over HTTP, where its codes say nothing else. */
const STATUS_BY_CLASS: Readonly<Record<string, number>> = {
  UsageError: 400,
  ConfigurationError: 400,
  RequestError: 400,
  AccountError: 422,
  ContractError: 404,
  GateRefusedError: 409,
  GatewayError: 409,
  OrderError: 422,
  HistoricalDataError: 422,
  RateLimitError: 429,
  ConnectionError: 503,
  MarketDataError: 503,
  SystemError: 503,
  OptionsFlowError: 503,
  TimeoutError: 504,
};

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  IBKR_HTTP_ACCOUNT: 403,
  IBKR_TOKEN_NAME_TAKEN: 409,
  IBKR_TOKEN_LAST_ADMIN: 409,
  IBKR_ORDER_KEY_CONFLICT: 409,
  IBKR_ORDER_NOT_CHANGEABLE: 409,
  IBKR_ORDER_ENDED: 409,
  IBKR_ORDER_TAKEN_BACK: 409,
  IBKR_CONTRACT_AMBIGUOUS: 422,
  IBKR_CONTRACT_EXPIRED: 422,
  // Nothing was sent, and nobody judged the order.
  IBKR_JOURNAL_FAILED: 503,
  IBKR_JOURNAL_FENCED: 503,
  IBKR_ORDER_UNSENT: 503,
  IBKR_ORDER_SEND_DEADLINE: 503,
  IBKR_CANCEL_NOT_SENT: 503,
  IBKR_RECONCILE_NOT_POSSIBLE: 503,
  IBKR_RECONCILE_DISTURBED: 503,
  IBKR_TRADING_CLOSED: 503,
  IBKR_TRADING_NOT_STARTED: 503,
  IBKR_FLOW_REFUSED: 422,
};

const DOCS = 'https://github.com/ibkit/ibkit/blob/main/docs/http-api.md#errors';
/** Names of fields whose values are not repeated: secrets and accounts do not belong into answers that end up in logs. */
const PRIVATE = /account|token|secret|password|authorization/iu;
const SHOWN_CHARACTERS = 120;

/** What a problem may say beyond its code and text. */
export type ProblemExtras = Partial<Pick<ApiProblem, 'retryable' | 'retryAfterMs' | 'tips' | 'problems' | 'gate' | 'ibCode' | 'errorClass'>>;

/** Makes a problem for an answer that has no error object behind it. */
export function problem(status: number, code: string, title: string, detail: string, extras: ProblemExtras = {}): ApiProblem {
  return { type: 'about:blank', title, status, detail, code, retryable: false, docs: DOCS, ...extras };
}

/** A value as a problem shows it: short, and not at all when its name says that it is private. */
export function shownValue(field: string, value: unknown): string | undefined {
  if (value === undefined || PRIVATE.test(field)) return undefined;
  const text = typeof value === 'string' ? value : asJson(value);
  return text !== undefined && text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** `undefined` for what cannot be written: a body may be nested deeper than the stack reaches. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function statusOf({ code, name, retryable }: IbkrError): number {
  const byCode = STATUS_BY_CODE[code];
  if (byCode !== undefined) return byCode;
  if (code.endsWith('_NOT_FOUND') || code === 'IBKR_ORDER_NOT_IN_LEDGER') return 404;
  if (name === 'HistoricalDataError' && retryable) return 503;
  return STATUS_BY_CLASS[name] ?? 500;
}

function numberIn(details: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = details[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function textsIn(details: Readonly<Record<string, unknown>>, name: string): string[] | undefined {
  const value = details[name];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? [...value] : undefined;
}

function problemsIn(error: IbkrError): ApiProblem['problems'] {
  const { field, rule, value } = error.details;
  if (error.name !== 'UsageError' || typeof field !== 'string' || typeof rule !== 'string') return undefined;
  return [{ field, rule, value: shownValue(field, value) }];
}

/** Where the caps of the daemon are set. */
const SETTINGS: Readonly<Record<string, string>> = {
  ORDER_QUANTITY: 'max_order_quantity', ORDER_NOTIONAL: 'max_order_notional', DAY_QUANTITY: 'max_day_quantity', DAY_NOTIONAL: 'max_day_notional', DAY_ORDERS: 'max_day_orders', ORDER_RATE: 'max_orders_per_minute', PRICE_BAND: 'price_band_percent',
  READ_ONLY: 'read_only', LIVE_NOT_ALLOWED: 'allow_live',
};

function tipsOf({ tips, name, details }: IbkrError): string[] {
  const settings = name === 'GateRefusedError' ? (textsIn(details, 'reasons') ?? []).flatMap((reason) => SETTINGS[reason] ?? []) : [];
  return settings.length === 0 ? [...tips] : [...tips, `In the daemon that is ${settings.join(', ')} of the section [trading] of its configuration; GET /v1/risk shows what is in force.`];
}

/** The problem that an error becomes. What is not one of ours is not shown to the caller. */
export function problemOf(error: unknown): ApiProblem {
  if (!isIbkrError(error)) return problem(500, 'IBKR_UNEXPECTED', 'Internal error', 'The daemon failed to answer; its log has the details.');
  const { code, name, message, retryable, brokerCode, details } = error;
  const tips = tipsOf(error);
  return {
    ...problem(statusOf(error), code, name, message),
    errorClass: name,
    retryable,
    ibCode: brokerCode,
    retryAfterMs: numberIn(details, 'retryAfterMs') ?? ('retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined),
    tips: tips.length === 0 ? undefined : tips,
    problems: problemsIn(error),
    gate: name === 'GateRefusedError' ? textsIn(details, 'reasons') : undefined,
    docs: brokerCode === undefined ? DOCS : `/v1/errors/${brokerCode}`,
  };
}
