/** The header `Retry-After` in seconds as milliseconds; dates are not read, since the daemon sends none. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  return header !== undefined && header !== null && /^\d{1,6}$/u.test(header) ? Number(header) * 1000 : undefined;
}
