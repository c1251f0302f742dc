import { UsageError } from '@ibkit/error-codes';

function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
  // Texts may hold account ids or order contents, which must not reach logs: name the offending character only.
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) {
      return `a text with U+${code.toString(16).toUpperCase().padStart(4, '0')} at position ${at} of ${value.length}`;
    }
  }
  return `a text of ${value.length} characters`;
}

/** The refusal to encode a value: names message, field, value and rule. */
export function refusal(message: string, field: string, value: unknown, rule: string): UsageError {
  return new UsageError({
    code: 'IBKR_WIRE_VALUE',
    message: `Cannot encode ${message}: ${field} ${rule}, got ${describe(value)}. Nothing was sent.`,
    field,
    rule,
    details: { message },
  });
}
