import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

const DAY = /^\d{4}-\d{2}-\d{2}$/u;
/** ISO 8601 with its zone. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/iu;

/**
 * Reads `2026-11-20`, which stays a day, or `2026-11-20T09:30:00-05:00`, which is epoch milliseconds.
 * @throws {@link UsageError} for everything else: a time without its zone would mean something else on each machine.
 */
export function momentOf(field: string, text: string): number | string {
  const moment = text.trim();
  if (DAY.test(moment)) {
    try {
      parseLocalDate(moment);
      return moment;
    } catch (cause) {
      throw new UsageError({ field, value: text, rule: 'must be a day of the calendar', cause });
    }
  }
  const atMs = INSTANT.test(moment) ? Date.parse(moment) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  throw new UsageError({ field, value: text, rule: 'must be a day YYYY-MM-DD, or a time with its zone such as 2026-11-20T14:30:00Z' });
}

/** The same as epoch milliseconds; a day is its midnight, UTC. @throws {@link UsageError} */
export function instantOf(field: string, text: string): number {
  const moment = momentOf(field, text);
  return typeof moment === 'number' ? moment : Date.parse(`${moment}T00:00:00Z`);
}
