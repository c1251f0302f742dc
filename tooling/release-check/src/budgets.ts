/** Bytes of a package's own files: the tarball, and what it unpacks to. */
export interface Size {
  readonly packed: number;
  readonly installed: number;
}

const KB = 1_000;

/**
 * What each package may weigh: what it weighed when the line was written, and a fifth more. A package that outgrows its line either lost
 * something into its tarball or got a feature that is worth the new line.
 */
export const BUDGETS: Readonly<Record<string, Size>> = {};

/** What a package exceeds, in words; empty when nothing. */
export function overBudget(name: string, size: Size): readonly string[] {
  const budget = BUDGETS[name];
  if (budget === undefined) return [`${name}: no line in tooling/release-check/src/budgets.ts; ${line(name, size)}`];
  const over: string[] = [];
  if (size.packed > budget.packed) over.push(`${name}: the tarball has ${size.packed} bytes, ${budget.packed} are allowed`);
  if (size.installed > budget.installed) over.push(`${name}: installed it has ${size.installed} bytes, ${budget.installed} are allowed`);
  return over;
}

/** The line that a package would get now. */
export function line(name: string, { packed, installed }: Size): string {
  const room = (bytes: number): string => `${Math.ceil((bytes * 1.2) / KB)} * KB`;
  return `'${name}': { packed: ${room(packed)}, installed: ${room(installed)} },`;
}
