/** A code of `err` and `end`. */
interface StreamCode {
  /** In which message it comes: `err` refuses a message, `end` with an `id` ends a subscription, `end` without one the whole stream. */
  readonly in: readonly ('err' | 'end of a subscription' | 'end of the stream')[];
  readonly meaning: string;
}

/**
 * The codes that the stream itself tells. Topics that are refused or over for a reason of the broker tell the code of that reason, as HTTP does
 * (`IBKR_CONTRACT_NOT_FOUND`, `IBKR_MARKET_DATA_...`): what is not known is no reason to ask again, unless `retryable` says so.
 */
export const STREAM_CODES = {
  IBKR_STREAM_MESSAGE: { in: ['err', 'end of the stream'], meaning: 'The message cannot be understood; too many of them end the stream.' },
  IBKR_STREAM_ID: { in: ['err'], meaning: 'There is a subscription of that number already, or there is none.' },
  IBKR_TOPIC_UNKNOWN: { in: ['err'], meaning: 'There is no such topic.' },
  IBKR_TOPIC_UNAVAILABLE: { in: ['err', 'end of a subscription'], meaning: 'There is such a topic, and not with this daemon now.' },
  IBKR_TOPICS_CLOSED: { in: ['err', 'end of a subscription'], meaning: 'The daemon stops.' },
  IBKR_STREAM_MODE: { in: ['err'], meaning: 'The topic cannot be had in that mode.' },
  IBKR_STREAM_RESUME: { in: ['err'], meaning: 'The resume token belongs to another topic, or is none: subscribe without it.' },
  IBKR_STREAM_FORBIDDEN: { in: ['err'], meaning: 'The token may not see that account.' },
  IBKR_STREAM_QUOTA: { in: ['err'], meaning: 'The token follows as much as it may.' },
  IBKR_HTTP_TOO_MANY_LINES: { in: ['err'], meaning: 'No line of market data is left for tokens of this scope.' },
  IBKR_STREAM_TOO_MANY: { in: ['err', 'end of the stream'], meaning: 'Too many subscriptions of the connection (err), too many messages a second or connections of the token (end).' },
  IBKR_STREAM_AUTH: { in: ['end of the stream'], meaning: 'Nobody introduced himself in time, or the token is over or was revoked.' },
  IBKR_HTTP_UNAUTHORISED: { in: ['end of the stream'], meaning: 'The ticket or token of `auth` is none.' },
  IBKR_HTTP_SCOPE: { in: ['end of the stream'], meaning: 'The scope of the token is too small.' },
  IBKR_HTTP_TOO_MANY_REQUESTS: { in: ['end of the stream'], meaning: 'Too many tries without a valid token from this address.' },
  IBKR_STREAM_SLOW: { in: ['end of the stream'], meaning: 'The client did not take what was sent; `resume` says where to go on.' },
  IBKR_STREAM_GOING_AWAY: { in: ['end of the stream'], meaning: 'The daemon stops: connect again and resume.' },
  IBKR_STREAM_OVER: { in: ['end of a subscription'], meaning: 'The topic is over.' },
  IBKR_UNEXPECTED: { in: ['err', 'end of a subscription'], meaning: 'A fault of the daemon; its log has the details.' },
} as const satisfies Readonly<Record<string, StreamCode>>;
