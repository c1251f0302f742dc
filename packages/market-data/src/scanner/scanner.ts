import { onAbort } from '@ibkit/clock';
import { TimeoutError, describeError } from '@ibkit/error-codes';
import type { BrokerNoticeMessage } from '../connection-port.js';
import { checkDuration } from '../options.js';
import type { KeptLineDeps } from '../streams/kept-line.js';
import { scanNotice } from './scan-notice.js';
import { ScanPlaces } from './scan-places.js';
import { scanRequest, scanRows } from './scan-request.js';
import type { ScanOptions, ScanRow } from './scan-request.js';
import { RunningScan } from './scan-subscription.js';
import type { ScanSubscription } from './scan-subscription.js';
import { ScannerParameters } from './scanner-parameters.js';

/** What a {@link Scanner} works with. */
export interface ScannerDeps extends KeptLineDeps {
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
  /** @throws when it was closed */
  readonly checkOpen: () => void;
}

/** How a scan is made once. */
export interface ScanOnceOptions extends ScanOptions {
  /** How long it may take, the wait for a place included, in milliseconds. @defaultValue the `lookUpTimeoutMs` of the object */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a scan is followed. */
export interface WatchScanOptions extends ScanOptions {
  /** After how long without a new list it is asked for again, in milliseconds; TWS sends one about every 30 seconds. @defaultValue 120000 */
  readonly silenceMs?: number | undefined;
  /** Ends it quietly. */
  readonly signal?: AbortSignal | undefined;
}

const SILENCE_MS = 120_000;

/** Scans of the market. The broker runs ten at a time, of 50 rows each. */
export class Scanner {
  readonly #deps: ScannerDeps;
  readonly #places = new ScanPlaces();
  readonly #running = new Set<RunningScan>();

  constructor(deps: ScannerDeps) {
    this.#deps = deps;
  }

  /** Everything that scans can look for, about 2 MB. @throws ConnectionError while not connected; TimeoutError; the signal's reason. */
  async parameters(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ScannerParameters> {
    this.#deps.checkOpen();
    return this.#deps.connection.request<ScannerParameters>({
      name: 'scanner parameters',
      unkeyed: true,
      build: () => ({ type: 'reqScannerParameters' }),
      receive: (message, reply) => {
        if (message.type === 'scannerParameters') reply.resolve(new ScannerParameters(message.xml));
      },
      timeoutMs: this.#deps.timeoutMs,
      signal: this.#signal(options.signal),
    });
  }

  /**
   * Scans once: the rows of now, best first, none when nothing fits. Waits for a place while ten scans run.
   * @throws UsageError for what cannot be understood; HistoricalDataError (162) for what the broker cannot scan; ConnectionError while not
   *   connected; TimeoutError; the signal's reason.
   */
  async scan(code: string, options: ScanOnceOptions = {}): Promise<readonly ScanRow[]> {
    this.#deps.checkOpen();
    const { clock, connection } = this.#deps;
    const build = scanRequest(code, options);
    const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? this.#deps.timeoutMs, 1);
    const untilMs = clock.monotonic() + timeoutMs;
    const signal = this.#signal(options.signal);
    const giveBack = await this.#place(timeoutMs, signal);
    let sentId: number | undefined;
    try {
      return await connection.request<readonly ScanRow[]>({
        name: `scan ${code}`,
        build: (reqId) => {
          sentId = reqId;
          return build(reqId);
        },
        receive: (message, reply) => {
          if (message.type === 'scannerData') reply.resolve(scanRows(message));
          else if (message.type === 'errMsg' && scanNotice(message) === 'empty') reply.resolve([]);
        },
        onNotice: (notice) => (scanNotice(notice) === 'other' && fails(notice) ? 'fail' : 'ignore'),
        cancel: (reqId) => ({ type: 'cancelScannerSubscription', reqId }),
        timeoutMs: Math.max(1, untilMs - clock.monotonic()),
        signal,
      }).then((rows) => {
        // The broker goes on with it until it is cancelled. A session that ends does so, too.
        if (sentId !== undefined) connection.session?.send({ type: 'cancelScannerSubscription', reqId: sentId }).catch(() => undefined);
        return rows;
      });
    } finally {
      giveBack();
    }
  }

  /**
   * Follows a scan, which the broker repeats about every 30 seconds.
   * @throws UsageError for what cannot be understood; RateLimitError `IBKR_SCANNER_EXHAUSTED` while ten scans run. Everything else ends it.
   */
  watch(code: string, options: WatchScanOptions = {}): ScanSubscription {
    this.#deps.checkOpen();
    const build = scanRequest(code, options);
    const silenceMs = checkDuration('silenceMs', options.silenceMs ?? SILENCE_MS, 1000);
    const giveBack = this.#places.take();
    let offAbort = (): void => undefined;
    const scan = new RunningScan(this.#deps, {
      name: `scan ${code}`,
      build,
      silenceMs,
      onListenerError: this.#deps.onListenerError,
      onEnded: () => {
        giveBack();
        offAbort();
        this.#running.delete(scan);
      },
    });
    this.#running.add(scan);
    const { signal } = options;
    if (signal?.aborted === true) scan.end(undefined);
    else if (signal !== undefined) {
      offAbort = onAbort(signal, () => {
        scan.end(undefined);
      });
    }
    return scan;
  }

  /** Ends all scans. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((scan) => scan.close()));
  }

  async #place(timeoutMs: number, signal: AbortSignal): Promise<() => void> {
    const late = new AbortController();
    const timer = this.#deps.clock.setTimer(timeoutMs, () => {
      late.abort(new TimeoutError({
        code: 'IBKR_SCANNER_TIMEOUT',
        message: `${this.#places.taken} scans were running for ${timeoutMs} ms: this one was not sent.`,
        retryable: true,
        tips: ['Close a scan that nobody reads.'],
      })); // prettier-ignore
    });
    try {
      return await this.#places.wait(AbortSignal.any([signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#deps.stop : AbortSignal.any([this.#deps.stop, signal]);
  }
}

function fails({ code, msg }: BrokerNoticeMessage): boolean {
  const { effect } = describeError(code, msg);
  return effect === 'requestFailed' || effect === 'orderRejected';
}
