import type { ServerMessageOf, WireContract } from '@ibkit/wire';
import { positionKey } from '../broker/position-rows.js';
import { addDecimals, decimalText } from '../orders/decimal.js';
import { revisionOf } from '../executions/execution-id.js';

/** How much executions have moved one position. */
export interface ExecutedAmount {
  readonly account: string;
  readonly contract: WireContract;
  /** Decimal text, negative when sold. */
  readonly amount: string;
}

interface Booked extends ExecutedAmount {
  readonly key: string;
  readonly revision: number;
}

/** What executions do not show up as positions of: combinations do through their legs, currencies not at all. */
const NO_POSITION: ReadonlySet<string> = new Set(['BAG', 'CASH']);

/** Whether executions in a contract should move a position in it. */
export function isHeldAsPosition({ secType = '' }: WireContract): boolean {
  return !NO_POSITION.has(secType);
}

/** The exact sum of the executions that were shown, per account and instrument; each counts once, corrections replace what they correct. */
export class ExecutionSums {
  readonly #booked = new Map<string, Booked>();
  #version = 0;

  /** Changes with every execution that is news. */
  get version(): number {
    return this.#version;
  }

  book({ contract, execution }: ServerMessageOf<'execDetails'>): void {
    const { execId, acctNumber: account, side, shares } = execution;
    if (!isHeldAsPosition(contract) || !Number.isFinite(shares)) return;
    const { base, revision } = revisionOf(execId);
    const known = this.#booked.get(base);
    if (known !== undefined && known.revision >= revision) return;
    const size = decimalText(shares);
    this.#booked.set(base, { account, contract, key: positionKey({ account, contract }), revision, amount: side === 'SLD' ? `-${size}` : size });
    this.#version += 1;
  }

  /** The sums of this moment. */
  sums(): ReadonlyMap<string, ExecutedAmount> {
    const sums = new Map<string, ExecutedAmount>();
    for (const { key, account, contract, amount } of this.#booked.values()) {
      sums.set(key, { account, contract, amount: addDecimals(sums.get(key)?.amount ?? '0', amount) });
    }
    return sums;
  }

  /** Forgets everything, as when the broker's day ends and its list begins anew. */
  clear(): void {
    this.#booked.clear();
    this.#version += 1;
  }
}
