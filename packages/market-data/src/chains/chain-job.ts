import type { Clock } from '@ibkit/clock';
import type { DataGap, MarketDataConnection } from '../connection-port.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import type { LineRegistry } from '../quotes/line-registry.js';
import type { LinkWatch } from '../streams/link-watch.js';
import type { ChainEntry } from './chain-entry.js';
import type { OptionChainProgress } from './chain-report.js';
import type { ChainWants } from './option-chain-options.js';
import type { OptionDefinitions } from './option-definitions.js';

/** What every chain works with. */
export interface ChainDeps {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly finder: ContractFinder;
  readonly lines: LineRegistry;
  readonly definitions: OptionDefinitions;
  /** Whether the lines are counted, so that the chain need not leave some to others by itself. */
  readonly hasBudget: boolean;
}

/** The window was put around a new price. */
export interface OptionChainRecentre {
  readonly fromPrice: number;
  readonly toPrice: number;
  /** The ids of the contracts that came and went. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly atMs: number;
}

/** Whom a feed tells. */
export interface ChainSink {
  /** These rows changed; those that left have their last state. */
  changed(entries: ReadonlySet<ChainEntry>): void;
  left(entries: readonly ChainEntry[]): void;
  recentred(event: OptionChainRecentre): void;
  /** More rows are complete than before, or fewer. */
  progressed(): void;
  /** A hole in the whole chain is over. */
  gap(gap: DataGap): void;
  rowGap(entry: ChainEntry, gap: DataGap): void;
  /** Everything in the window is complete; again after that was not so. */
  becameComplete(progress: OptionChainProgress): void;
  /** A feed that reads once has got all that can be had. */
  settled(): void;
  failed(error: Error): void;
}

/** What a feed is to do. */
export interface ChainJob {
  readonly contract: ContractLike;
  readonly wants: ChainWants;
  /** Each contract once, or for as long as it is open. */
  readonly follows: boolean;
}
