import type { Clock } from '@ibkit/clock';
import type { Trading } from '@ibkit/gateway-trading';

/** Where the audit trail is: a `SqliteJournal` of `@ibkit/journal`. */
export interface AuditSource {
  /** The trail as JSON, one text for each record, in order. Times are epoch milliseconds, `toMs` is not included. */
  audit(options: { readonly format?: 'jsonl' | undefined; readonly order?: string | undefined; readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly redact?: boolean | undefined }): AsyncIterable<string>;
}

/** What the risk operations work with. */
export interface RiskDeps {
  readonly clock: Clock;
  /** Started. */
  readonly trading: Pick<Trading, 'gate' | 'risk' | 'arming' | 'arm' | 'disarm' | 'kill' | 'releaseKill' | 'reconcile' | 'lastReconcile'>;
  /** @defaultValue none: there is no audit trail, only what the orders themselves show */
  readonly audit?: AuditSource | undefined;
}
