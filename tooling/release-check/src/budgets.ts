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
export const BUDGETS: Readonly<Record<string, Size>> = {
  '@ibkit/api-contract': { packed: 258 * KB, installed: 1988 * KB },
  '@ibkit/clock': { packed: 35 * KB, installed: 174 * KB },
  '@ibkit/config': { packed: 82 * KB, installed: 309 * KB },
  '@ibkit/core-connection': { packed: 688 * KB, installed: 2730 * KB },
  '@ibkit/error-codes': { packed: 175 * KB, installed: 775 * KB },
  '@ibkit/event-bus': { packed: 17 * KB, installed: 106 * KB },
  '@ibkit/event-loop': { packed: 69 * KB, installed: 293 * KB },
  '@ibkit/gateway-process': { packed: 185 * KB, installed: 709 * KB },
  '@ibkit/gateway-trading': { packed: 913 * KB, installed: 3739 * KB },
  '@ibkit/heartbeat': { packed: 37 * KB, installed: 196 * KB },
  '@ibkit/journal': { packed: 109 * KB, installed: 391 * KB },
  '@ibkit/logger': { packed: 54 * KB, installed: 211 * KB },
  '@ibkit/market-data': { packed: 987 * KB, installed: 4017 * KB },
  '@ibkit/operations': { packed: 307 * KB, installed: 1214 * KB },
  '@ibkit/options-flow': { packed: 89 * KB, installed: 339 * KB },
  '@ibkit/process-lock': { packed: 18 * KB, installed: 107 * KB },
  '@ibkit/rate-limiter': { packed: 111 * KB, installed: 427 * KB },
  '@ibkit/recording': { packed: 347 * KB, installed: 1358 * KB },
  '@ibkit/simulator': { packed: 1407 * KB, installed: 5690 * KB },
  '@ibkit/websocket-provider': { packed: 232 * KB, installed: 924 * KB },
  '@ibkit/wire': { packed: 405 * KB, installed: 1925 * KB },
  '@ibkit/cli': { packed: 465 * KB, installed: 2010 * KB },
  '@ibkit/daemon': { packed: 517 * KB, installed: 1854 * KB },
};

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
