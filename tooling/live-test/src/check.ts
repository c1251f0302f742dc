import type { Clock } from '@ibkit/clock';
import type { AuthManager, ConnectionManager } from '@ibkit/core-connection';
import type { Trading } from '@ibkit/gateway-trading';
import type { MarketData } from '@ibkit/market-data';
import type { ServerMessage } from '@ibkit/wire';
import type { LiveTestSettings } from './settings.js';

/** What a check may learn besides passing: never an account, never a position. */
export type Fact = string | number | boolean;

/** What checks work with. */
export interface CheckContext {
  readonly settings: LiveTestSettings;
  readonly clock: Clock;
  readonly connection: ConnectionManager;
  readonly auth: AuthManager;
  readonly marketData: MarketData;
  readonly trading: Trading;
  /** Everything that the gateway sent before the first session was ready. */
  readonly greeting: readonly ServerMessage[];
  /** Keeps what the gateway does in cases where nothing promises it, for the report. */
  readonly observe: (name: string, fact: Fact) => void;
}

/** One thing that only a gateway can prove. */
export interface Check {
  readonly id: string;
  /** What it proves when it passes. */
  readonly proves: string;
  /** Only with consent: it places orders. */
  readonly orders?: true;
  /** What of it means nothing against the simulator, which is made by the same hands. */
  readonly notInSimulator?: string;
  /** Resolves when it holds. @throws what shows that it does not, or {@link NotApplicable}. */
  readonly run: (context: CheckContext) => Promise<void>;
}

/** The gateway cannot show it now: a permission is missing, or a market is closed. */
export class NotApplicable extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'NotApplicable' });
  }
}

/** @throws Error that says what does not hold. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
