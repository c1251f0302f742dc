import { createHash } from 'node:crypto';
import type { ApiOrderTicket } from '@ibkit/api-contract';

/** Equal for equal values, whatever the order of their fields; what is not given counts as not there. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${parts.join(',')}}`;
}

/**
 * What tells one ticket from another: it stands in the journal as the hash of its orders, so that a repeat is known without asking the broker
 * what the ticket means, also in another process.
 */
export function ticketHash(ticket: ApiOrderTicket): string {
  return `ticket:${createHash('sha256').update(canonical(ticket)).digest('hex')}`;
}
