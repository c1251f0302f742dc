import { OrderError } from '@ibkit/error-codes';
import type { JournalRecord, StagedRecord } from './journal-record.js';

/** What a record breaks, in the words of {@link journalRuleError}. */
export type JournalRuleBreak = 'idFloor' | 'intent' | 'key';

const RULES: Readonly<Record<JournalRuleBreak, string>> = {
  idFloor: 'an order id must be above every id that was ever staged or reserved for its client id',
  intent: 'an order is staged once',
  key: 'a key is used once per account and attempt',
};

/** The error for a record that would break a rule which no restart, race or second writer may break. Nothing was written. */
export function journalRuleError(rule: JournalRuleBreak, cause?: unknown): OrderError {
  return new OrderError({
    code: 'IBKR_JOURNAL_RULE',
    message: `The journal refused a record and wrote nothing: ${RULES[rule]}. No order was sent`,
    tips: ['Start again, so that the order ids are read from the journal. If it happens again, this is a defect of ibkit: keep the journal.'],
    details: { rule },
    cause,
  });
}

/** The rules of order ids, intents and keys, for journals whose storage does not enforce them by itself. */
export class JournalRules {
  readonly #floors = new Map<number, number>();
  readonly #intents = new Set<string>();
  readonly #keys = new Set<string>();

  /**
   * Checks records against each other and against everything noted, and notes them; all or none.
   * @throws {@link OrderError} `IBKR_JOURNAL_RULE`.
   */
  note(records: readonly JournalRecord[]): void {
    const draft = new Map(this.#floors);
    const staged: StagedRecord[] = [];
    const keys = new Set<string>();
    const intents = new Set<string>();
    for (const record of records) {
      if (record.type === 'idFloor') draft.set(record.clientId, Math.max(draft.get(record.clientId) ?? 0, record.floor));
      if (record.type !== 'order.staged') continue;
      const key = keyOf(record);
      if (record.orderId <= (draft.get(record.clientId) ?? 0)) throw journalRuleError('idFloor');
      if (this.#intents.has(record.intentId) || intents.has(record.intentId)) throw journalRuleError('intent');
      if (this.#keys.has(key) || keys.has(key)) throw journalRuleError('key');
      draft.set(record.clientId, record.orderId);
      intents.add(record.intentId);
      keys.add(key);
      staged.push(record);
    }
    for (const [clientId, floor] of draft) this.#floors.set(clientId, floor);
    for (const record of staged) {
      this.#intents.add(record.intentId);
      this.#keys.add(keyOf(record));
    }
  }
}

function keyOf({ account, key, attempt }: StagedRecord): string {
  return JSON.stringify([account, key, attempt]);
}
