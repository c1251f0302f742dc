import { RateLimitError } from '@ibkit/error-codes';
import type { Lane } from './lane.js';

/** The limiter was closed before the grant. */
export function closedError(): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_CLOSED',
    message: 'The rate limiter is closed: nothing more may leave through it. Use the limiter of the new session.',
    retryable: false,
  });
}

/** The deadline of a request passed before its grant. */
export function deadlineError(lane: Lane, waitedMs: number): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_DEADLINE',
    message: `No message of lane "${lane}" could leave within its deadline (${Math.round(waitedMs)} ms): the message was not sent. Ask for less at once, or allow more time.`,
    details: { lane, waitedMs },
  });
}

/** A lane holds as many waiting requests as it may. */
export function queueFullError(lane: Lane, queued: number): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_QUEUE_FULL',
    message: `${queued} messages of lane "${lane}" already wait, as many as maxQueued allows: the message was not sent. Wait for answers before asking more.`,
    details: { lane, queued },
  });
}
