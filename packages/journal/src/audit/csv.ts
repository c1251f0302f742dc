/** Spreadsheets run what begins like this (OWASP: CSV injection); a plain number is fine. */
const FORMULA = /^[=+\-@\t\r]/u;
const NUMBER = /^-?\d+(?:\.\d+)?$/u;

function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of comma-separated values (RFC 4180), without its line break. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return cells.map(cell).join(',');
}
