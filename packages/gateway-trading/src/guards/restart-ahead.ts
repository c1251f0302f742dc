import type { TradingConnection } from '../broker/connection-port.js';

/** What the gate ahead of a restart looks at. Times are the gateway's, epoch milliseconds. */
export interface RestartFacts {
  readonly occurrence: { readonly fromMs: number; readonly untilMs: number } | undefined;
  readonly nowMs: number;
  /** How long before the window the gate closes; `false`: never. */
  readonly closeBeforeMs: number | false;
  /** The beginning of the window whose restart has come and gone. */
  readonly passedFromMs: number | undefined;
}

/** The restart that the connection knows of. */
export function restartOf({ restartOutlook }: TradingConnection): RestartFacts['occurrence'] {
  return restartOutlook?.occurrence;
}

/**
 * Whether an order could fall into a restart that was announced: from some time before its window until the window is over, or the restart
 * has come and gone. After that, reconciling decides.
 */
export function isRestartAhead({ occurrence, nowMs, closeBeforeMs, passedFromMs }: RestartFacts): boolean {
  if (occurrence === undefined || closeBeforeMs === false) return false;
  const { fromMs, untilMs } = occurrence;
  return nowMs >= fromMs - closeBeforeMs && nowMs < untilMs && fromMs !== passedFromMs;
}

/** The next moment at which {@link isRestartAhead} may change by time alone; `undefined` when there is none. */
export function restartBoundary({ occurrence, nowMs, closeBeforeMs }: RestartFacts): number | undefined {
  if (occurrence === undefined || closeBeforeMs === false) return undefined;
  return [occurrence.fromMs - closeBeforeMs, occurrence.untilMs].find((boundary) => boundary > nowMs);
}
