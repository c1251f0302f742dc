import type { Clock, Timer } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import type { StreamWatch, StreamWatching, WatchedStream } from '../liveness/watched-stream.js';
import { COMPETING_REASON, lineVerdict } from '../quotes/line-notice.js';
import { GapTracker } from './gap-tracker.js';
import type { LinkChange, LinkWatch } from './link-watch.js';

/** What a {@link KeptLine} works with. */
export interface KeptLineDeps {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  /** How often a line is asked for again while another session has the data, in milliseconds. */
  readonly competingRetryMs: number;
  readonly liveness: StreamWatching;
}

/** What a notice means for a line: nothing, its end, or that it is dead and to be asked for again. */
export type KeptLineVerdict = 'keep' | 'end' | { readonly againMs: number; readonly reason: string };

/** One line at the broker, and who reads it. */
export interface KeptLineSpec {
  /** What it is called in errors. */
  readonly name: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly cancel: (requestId: number) => ClientMessage;
  readonly receive: (message: ServerMessage) => void;
  /** Nothing can arrive, or what arrived is void: until the next data nothing is known. */
  readonly onBroken?: ((reason: string) => void) | undefined;
  /** Something may be missing from here on; nobody knows. */
  readonly onDoubt?: ((reason: string) => void) | undefined;
  /** The doubt is over without data: nothing was missed. */
  readonly onTrusted?: (() => void) | undefined;
  /** How its silence is judged. @defaultValue it may be silent */
  readonly watch?: Omit<WatchedStream, 'name' | 'onStale' | 'onTrusted' | 'resubscribe'> | undefined;
  /** Right before the first message after a hole. */
  readonly onGap: (gap: DataGap) => void;
  /** Resolves when it may be asked for: where the broker paces that. @defaultValue at once */
  readonly admit?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** @defaultValue by {@link keptLineVerdict} */
  readonly judge?: ((notice: BrokerNoticeMessage) => KeptLineVerdict) | undefined;
  /** It is over for good. */
  readonly onEnd: (error: Error | undefined) => void;
}

/** The messages of each kind of stream. */
const LOST_BY: Readonly<Record<WatchedStream['kind'], ReadonlySet<string>>> = {
  quotes: new Set(),
  tickByTick: new Set(['tickByTick']),
  bars: new Set(['realTimeBar']),
  depth: new Set(['marketDepth', 'marketDepthL2']),
};

/** Unreadable messages come in bursts. */
const AFTER_LOSS_MS = 250;

/** What a notice means for a line of which nothing special is known. */
export function keptLineVerdict(notice: BrokerNoticeMessage, competingRetryMs: number): KeptLineVerdict {
  const verdict = lineVerdict(notice);
  if (verdict === 'competing') return { againMs: competingRetryMs, reason: COMPETING_REASON };
  return verdict === 'keep' ? 'keep' : 'end';
}

/**
 * One line at the broker that is asked for again whenever it may have lost something: by the connection after a new session and after 1101, by
 * itself after 1102 (what happened while the gateway was cut off is missing, whatever it says of the line), and when its owner says so. Every
 * hole is told once, right before the data behind it.
 */
export class KeptLine {
  readonly #deps: KeptLineDeps;
  readonly #spec: KeptLineSpec;
  readonly #gaps = new GapTracker();
  readonly #offLink: () => void;
  readonly #watch: StreamWatch | undefined;
  #upstream: MarketDataUpstream | undefined;
  #generation = 0;
  #closing: Promise<void> = Promise.resolve();
  #again: Timer | undefined;
  readonly #stop = new AbortController();
  /** After an outage of the gateway's link: nothing counts that still comes on the old line. */
  #due = false;
  #open = true;

  constructor(deps: KeptLineDeps, spec: KeptLineSpec) {
    this.#deps = deps;
    this.#spec = spec;
    this.#offLink = deps.link.on((change) => {
      this.#onLink(change);
    });
    this.#watch = spec.watch === undefined ? undefined : deps.liveness.watch({
      ...spec.watch,
      name: spec.name,
      onStale: spec.onDoubt,
      onTrusted: spec.onTrusted,
      resubscribe: (reason, silentFromMs) => {
        this.#gaps.begin(silentFromMs, reason);
        this.reopen(reason);
      },
    });
    this.#ask();
  }

  /** Whether data can arrive, as far as the link goes. */
  get linkUp(): boolean {
    return this.#deps.link.status === 'up';
  }

  /** Gives the present line up, on which nothing came yet, and asks for another one. */
  redirect(): void {
    if (this.#open) this.#ask();
  }

  /** Gives the present line up and asks for another one, after a while. What was not seen meanwhile is a hole. */
  reopen(reason: string, delayMs = 0): void {
    if (!this.#open) return;
    this.#due = false;
    this.#break(reason);
    this.#closeUpstream();
    this.#again?.cancel();
    this.#again = undefined;
    if (delayMs <= 0) this.#ask();
    else this.#again = this.#later(delayMs);
  }

  /** Ends the line. Resolves once the broker was told. */
  close(): Promise<void> {
    this.#open = false;
    this.#stop.abort();
    this.#offLink();
    this.#watch?.close();
    this.#again?.cancel();
    this.#closeUpstream();
    return this.#closing;
  }

  #ask(): void {
    this.#closeUpstream();
    const generation = this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    const { admit } = this.#spec;
    if (admit === undefined) {
      this.#subscribe(isCurrent);
      return;
    }
    admit(this.#stop.signal).then(
      () => {
        if (isCurrent()) this.#subscribe(isCurrent);
      },
      (error: unknown) => {
        if (isCurrent()) this.#end(asError(error));
      },
    );
  }

  #subscribe(isCurrent: () => boolean): void {
    const { name, build, cancel } = this.#spec;
    this.#upstream = this.#deps.connection.subscribe({
      name,
      build,
      cancel,
      receive: (message) => {
        if (isCurrent()) this.#receive(message);
      },
      onGap: (gap) => {
        if (isCurrent()) this.#tell(this.#gaps.told(gap));
      },
      onNotice: (notice) => (isCurrent() ? this.#judge(notice) : 'ignore'),
      onEnd: (error) => {
        if (isCurrent()) this.#end(error);
      },
    });
  }

  #end(error: Error | undefined): void {
    void this.close();
    this.#spec.onEnd(error);
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'errMsg' || this.#due) return;
    this.#watch?.heard();
    if (this.linkUp) this.#tell(this.#gaps.end(this.#deps.clock.now()));
    this.#spec.receive(message);
  }

  #judge(notice: BrokerNoticeMessage): 'end' | 'ignore' {
    this.#watch?.notice(notice);
    const verdict = this.#spec.judge?.(notice) ?? keptLineVerdict(notice, this.#deps.competingRetryMs);
    if (verdict === 'end') return 'end';
    if (verdict !== 'keep') this.reopen(verdict.reason, verdict.againMs);
    return 'ignore';
  }

  #onLink(change: LinkChange): void {
    switch (change.type) {
      case 'down':
        this.#break(change.reason);
        return;
      case 'streamsLost':
        // The connection asks again itself.
        this.#due = false;
        this.#break(change.reason);
        return;
      case 'farmDown':
        this.#spec.onDoubt?.(change.reason);
        return;
      case 'frameLost':
        this.#lost(change);
        return;
      case 'up':
        if (change.after === 'upstreamDown') this.#reopenUnlessLost();
    }
  }

  /** A book without one of its changes is wrong from there on; other streams have a hole. */
  #lost({ messageType, reason }: Extract<LinkChange, { readonly type: 'frameLost' }>): void {
    const kind = this.#spec.watch?.kind;
    const mine = kind === undefined || messageType === undefined || LOST_BY[kind].has(messageType);
    if (!mine) return;
    if (kind === 'depth') this.reopen(reason, AFTER_LOSS_MS);
    else this.#gaps.begin(this.#deps.clock.now(), reason);
  }

  /** Whether the gateway has lost the streams is told right behind the news that its link is up. */
  #reopenUnlessLost(): void {
    this.#due = true;
    queueMicrotask(() => {
      if (this.#due) this.reopen('the gateway had no link to the broker');
    });
  }

  #break(reason: string): void {
    this.#gaps.begin(this.#deps.clock.now(), reason);
    this.#spec.onBroken?.(reason);
  }

  #tell(gap: DataGap | undefined): void {
    if (gap !== undefined) this.#spec.onGap(gap);
  }

  #later(delayMs: number): Timer {
    return this.#deps.clock.setTimer(
      delayMs,
      () => {
        this.#again = undefined;
        this.#ask();
      },
      { keepAlive: false },
    );
  }

  #closeUpstream(): void {
    this.#generation += 1;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closing = Promise.all([this.#closing, upstream.close()]).then(() => undefined);
  }
}
