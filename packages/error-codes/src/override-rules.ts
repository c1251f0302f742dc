import type { ErrorCategory, ErrorDescription, ErrorEffect, ErrorScope, ErrorStrategy } from './description.js';
import { UsageError } from './error-classes.js';

// Written as records, so that a word that the types gain is missed here by the compiler.
const CATEGORIES: Readonly<Record<ErrorCategory, true>> = { connection: true, pacing: true, marketData: true, historical: true, contract: true, request: true, order: true, account: true, system: true, unclassified: true };
const SCOPES: Readonly<Record<ErrorScope, true>> = { request: true, order: true, connection: true, farm: true };
const EFFECTS: Readonly<Record<ErrorEffect, true>> = { info: true, warning: true, degraded: true, restored: true, requestFailed: true, orderRejected: true, orderCancelled: true, cancelVerdict: true, sessionEnding: true };
const STRATEGIES: Readonly<Record<ErrorStrategy['kind'], true>> = { throttleAndRetry: true, reconnect: true, watchdogRecovery: true, resubscribe: true, reconcile: true, ignore: true, reject: true };

/**
 * Overrides may come from a file: what is wrong there must not be found out when the code arrives.
 * @throws UsageError naming field, value and rule.
 */
export function checkOverride(change: Partial<ErrorDescription>): void {
  checkWord('category', change.category, CATEGORIES);
  checkWord('scope', change.scope, SCOPES);
  checkWord('effect', change.effect, EFFECTS);
  const { strategy } = change;
  if (strategy === undefined) return;
  checkWord('strategy.kind', strategy.kind, STRATEGIES);
  if ('waitMs' in strategy && !(strategy.waitMs >= 0 && strategy.waitMs < Number.POSITIVE_INFINITY)) {
    throw new UsageError({ field: 'strategy.waitMs', value: strategy.waitMs, rule: 'must be a finite number of milliseconds of at least 0' });
  }
  if ('maxRetries' in strategy && !(Number.isSafeInteger(strategy.maxRetries) && strategy.maxRetries >= 0)) {
    throw new UsageError({ field: 'strategy.maxRetries', value: strategy.maxRetries, rule: 'must be a whole number of at least 0' });
  }
}

function checkWord(field: string, value: string | undefined, known: Readonly<Record<string, true>>): void {
  if (value !== undefined && !Object.hasOwn(known, value)) throw new UsageError({ field, value, rule: `must be one of ${Object.keys(known).join(', ')}` });
}
