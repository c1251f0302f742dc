import type { Position } from '@ibkit/gateway-trading';
import type { Belief } from '../judge/belief.js';
import type { OrderPlan } from '../judge/intent.js';
import type { Finding } from '../judge/judge.js';

/** What came of a call, in the words of the client. */
export interface Outcome {
  /** For the script of the round. */
  readonly text: string;
  readonly ok: boolean;
}

/** A client that trades for a caller: ours, or another one in the same place. */
export interface Trader {
  /** Whether it has a session in which it could send. */
  readonly connected: boolean;
  /** Whether the server told it in this session that the broker is out of reach. */
  readonly toldDown: boolean;
  /** Never rejects: what went wrong is in the outcome. */
  place(key: string, order: OrderPlan): Promise<Outcome>;
  cancel(key: string): Promise<Outcome>;
  cancelAll(): Promise<Outcome>;
  /** Changes the limit of an order. Undefined: it cannot. */
  change(key: string, limitPrice: number): Promise<Outcome>;
  /** What this client has beyond the common: a kill switch, a rival, a journal that is slow. */
  special(what: SpecialStep): Promise<Outcome>;
  /** Whether nothing is open any more that time or asking could settle. */
  readonly settled: boolean;
  /** What is still open, in words. */
  readonly unsettled: string;
  /** What a person does about a gate that does not open by itself any more. */
  mend(): Promise<void>;
  /** Resolves when it may send, or after so many real milliseconds. */
  ready(ms: number): Promise<void>;
  /** Asks the server about everything, if the client can. */
  reconcile(): Promise<Outcome>;
  beliefs(): readonly Belief[];
  positions(): Promise<readonly Position[] | undefined>;
  /** What its own guards saw: bytes before the journal, orders behind a closed gate or a deadline. */
  findings(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/** Steps that only our own client knows. */
export type SpecialStep =
  | { readonly what: 'kill' }
  | { readonly what: 'release' }
  | { readonly what: 'rival' }
  /** The journal takes so long for the next records, in milliseconds of the client's clock. */
  | { readonly what: 'slow journal'; readonly ms: number };
