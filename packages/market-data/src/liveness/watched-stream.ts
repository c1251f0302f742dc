import type { BrokerNoticeMessage } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { MarketDataMode } from '../quotes/market-data-mode.js';
import type { QuoteSnapshot } from '../quotes/quote.js';
import type { SilenceCause } from './silence-cause.js';

/** Kinds of streams, each with a patience of its own. */
export type StreamKind = 'quotes' | 'tickByTick' | 'bars' | 'depth';

/**
 * What a second look says about a stream. `moved`: something happened that the stream should have told. `quiet`: nothing did. `empty`: the look
 * brought nothing to compare with. `unanswered`: the broker did not answer.
 */
export type SecondLook = 'moved' | 'quiet' | 'empty' | 'unanswered';

/** A stream whose silence is to be noticed. All callbacks come from timers and must not throw. */
export interface WatchedStream {
  readonly kind: StreamKind;
  /** For events and alarms: `quotes of AAPL`. */
  readonly name: string;
  readonly contract: ResolvedContract;
  /** Whether it tells of the regular hours only. @defaultValue false */
  readonly regularHours?: boolean | undefined;
  /** The least silence that is doubted, in milliseconds. @defaultValue the option of its kind */
  readonly silenceMs?: number | undefined;
  /** Which data a second look at it may show: that which the stream itself may be. @defaultValue live */
  readonly accepts?: (() => MarketDataMode) | undefined;
  /** Compares a snapshot of the contract, taken because the stream is silent, with what the stream said last. */
  readonly compare?: ((seen: QuoteSnapshot) => SecondLook) | undefined;
  /** A second look by means of its own, where a snapshot tells nothing: resolves with what it found. Given instead of `compare`. */
  readonly look?: ((signal: AbortSignal) => Promise<SecondLook>) | undefined;
  /** Whether trading is halted, as far as the stream knows. */
  readonly isHalted?: (() => boolean) | undefined;
  /** It is in doubt from now on, about what happened since `silentFromMs` (epoch milliseconds of our clock). */
  readonly onStale?: ((reason: string, silentFromMs: number) => void) | undefined;
  /** The doubt is over without data: the market was quiet, or is closed; nothing was missed. */
  readonly onTrusted?: (() => void) | undefined;
  /** Ask for it again: it is dead since `silentFromMs` (epoch milliseconds of our clock), which begins its gap. */
  readonly resubscribe: (reason: string, silentFromMs: number) => void;
}

/** The stream's end of the watch. */
export interface StreamWatch {
  /** Something arrived for the stream. Cheap: call it for every message. */
  heard(): void;
  /** The broker said something about the stream's request; only what explains a silence counts. */
  notice(notice: Pick<BrokerNoticeMessage, 'code'>): void;
  /** The stream ended: nothing is expected of it any more. */
  close(): void;
}

/** Who watches streams: give it to whatever opens one. */
export interface StreamWatching {
  watch(stream: WatchedStream): StreamWatch;
}

/** How one stream is doing. */
export interface StreamHealth {
  readonly kind: StreamKind;
  readonly name: string;
  readonly symbol: string;
  readonly conId: number;
  /** `closed`: the market is closed, so silence is normal. */
  readonly status: 'fresh' | 'closed' | 'stale';
  /** Why it is stale. */
  readonly cause: SilenceCause | undefined;
  readonly reason: string | undefined;
  /** How long it has said nothing, in milliseconds. */
  readonly silentMs: number;
  /** After how long a silence it is doubted at present, in milliseconds: learned from its pauses. */
  readonly patienceMs: number;
  readonly alarmed: boolean;
}
