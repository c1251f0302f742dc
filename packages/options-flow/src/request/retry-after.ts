const LONGEST_MS = 24 * 60 * 60_000;

/** What a `Retry-After` header asks for, milliseconds: seconds, or a date (RFC 9110, 10.2.3). `undefined` when it says nothing that can be read. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/u.test(text)) return Math.min(LONGEST_MS, Number(text) * 1_000);
  // Only the forms with a weekday are dates here: "10 seconds" is no date, whatever the runtime makes of it.
  if (!/^[A-Z][a-z]{2,8},? /u.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(LONGEST_MS, Math.max(0, at - nowMs));
}
