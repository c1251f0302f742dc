import type { Timer } from '@ibkit/clock';
import type { ClientMessage, ServerMessageOf } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap } from '../connection-port.js';
import { KeptLine, keptLineVerdict } from '../streams/kept-line.js';
import type { KeptLineDeps, KeptLineVerdict } from '../streams/kept-line.js';
import { LatestSubscription } from '../streams/latest-subscription.js';
import type { SubscriptionEnd } from '../streams/latest-subscription.js';
import type { LatestValues } from '../streams/latest-value.js';
import { scanNotice } from './scan-notice.js';
import { scanRows } from './scan-request.js';
import type { ScanRow } from './scan-request.js';

/** The rows of a scan at one moment. It does not change any more. */
export interface ScanResult {
  /** Best first; empty when nothing fits. */
  readonly rows: readonly ScanRow[];
  /** When they were received, epoch milliseconds. */
  readonly receivedAtMs: number;
  /** Whether newer ones should have come. TWS sends the whole list again about every 30 seconds. */
  readonly stale: boolean;
  readonly staleReason?: string | undefined;
  /** How many holes there were so far. */
  readonly gaps: number;
}

/** The facts that a {@link ScanSubscription} tells, by name. */
export interface ScanEvents {
  readonly result: ScanResult;
  readonly gap: DataGap;
  readonly end: { readonly error: Error | undefined; readonly atMs: number };
}

/** A scan that is repeated by the broker. A loop over it gives the latest result that the loop has not seen; leaving it ends the scan. */
export interface ScanSubscription extends LatestValues<ScanResult> {
  /** Calls `listener` with every event of one kind from now on, until the returned function is called. */
  on<K extends keyof ScanEvents>(type: K, listener: (event: ScanEvents[K]) => void): () => void;
}

/** What a {@link RunningScan} does. */
export interface RunningScanOptions {
  readonly name: string;
  readonly build: (reqId: number) => ClientMessage;
  readonly silenceMs: number;
  readonly onEnded: () => void;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
}

/** The longest patience is so many times the first. */
const MOST_PATIENCE = 16;

/** The one implementation of {@link ScanSubscription}. */
export class RunningScan extends LatestSubscription<ScanResult, ScanEvents> implements ScanSubscription {
  readonly #deps: KeptLineDeps;
  readonly #silenceMs: number;
  readonly #kept: KeptLine;
  #silence: Timer | undefined;
  #patience = 1;
  #gaps = 0;

  constructor(deps: KeptLineDeps, { name, build, silenceMs, onEnded, onListenerError }: RunningScanOptions) {
    super({ clock: deps.clock, name, onEnded, onListenerError });
    this.#deps = deps;
    this.#silenceMs = silenceMs;
    this.#kept = new KeptLine(deps, {
      name,
      build,
      cancel: (reqId) => ({ type: 'cancelScannerSubscription', reqId }),
      receive: (message) => {
        if (message.type === 'scannerData') this.#receive(message);
      },
      onBroken: (reason) => {
        this.#doubt(reason);
      },
      onGap: (gap) => {
        this.#gaps += 1;
        this.events.emit('gap', gap);
      },
      judge: (notice) => this.#judge(notice),
      onEnd: (error) => {
        this.end(error);
      },
    });
    this.#watch();
  }

  #receive(message: ServerMessageOf<'scannerData'>): void {
    this.#patience = 1;
    this.#tell(scanRows(message), undefined);
    this.#watch();
  }

  #tell(rows: readonly ScanRow[], staleReason: string | undefined, receivedAtMs = this.#deps.clock.now()): void {
    const result = Object.freeze({ rows, receivedAtMs, stale: staleReason !== undefined, staleReason, gaps: this.#gaps });
    this.latest.set(result);
    this.events.emit('result', result);
  }

  #doubt(reason: string): void {
    const { current } = this;
    if (current !== undefined && !current.stale) this.#tell(current.rows, reason, current.receivedAtMs);
  }

  #judge(notice: BrokerNoticeMessage): KeptLineVerdict {
    const meaning = scanNotice(notice);
    if (meaning === 'empty') {
      // The list without rows that follows says the same.
      if (this.current?.rows.length !== 0 || this.current.stale) this.#tell([], undefined);
      this.#watch();
      return 'keep';
    }
    return meaning === 'nothing' ? 'keep' : keptLineVerdict(notice, this.#deps.competingRetryMs);
  }

  /** The list comes again and again, whatever the market does; when it does not, the scan is asked for anew. */
  #watch(): void {
    this.#silence?.cancel();
    if (this.latest.ended) return;
    this.#silence = this.#deps.clock.setTimer(
      this.#silenceMs * this.#patience,
      () => {
        if (this.#kept.linkUp) {
          this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2);
          this.#kept.reopen('the broker did not send the scan again');
        }
        this.#watch();
      },
      { keepAlive: false },
    );
  }

  protected ended(end: SubscriptionEnd): Promise<void> {
    this.#silence?.cancel();
    const closing = this.#kept.close();
    this.events.emit('end', end);
    return closing;
  }
}
