const FORMS = /^(\d{4})-?(\d{2})-?(\d{2})[ -](\d{2}):(\d{2}):(\d{2})(\.\d+)?( ?(UTC|GMT|Z))?$/;

/** Reads `yyyy-mm-dd hh:mm:ss.0`, and the forms with and without dashes that clients use; UTC. Undefined for anything else. */
export function readNewsTime(text: string): number | undefined {
  const match = FORMS.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** TWS API: `yyyy-mm-dd hh:mm:ss.0`. */
export function newsTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}.0`;
}
