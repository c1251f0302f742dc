import type { Clock } from '@ibkit/clock';
import type { DataGap } from '../connection-port.js';
import { GapTracker } from '../streams/gap-tracker.js';
import type { LinkWatch } from '../streams/link-watch.js';
import type { ChainEntry } from './chain-entry.js';

/** When nothing could be seen of a whole chain: each hole is told once, when data flows again. */
export class ChainGaps {
  readonly #clock: Clock;
  readonly #link: LinkWatch;
  readonly #onGap: (gap: DataGap) => void;
  readonly #tracker = new GapTracker();

  constructor(options: { readonly clock: Clock; readonly link: LinkWatch; readonly onGap: (gap: DataGap) => void }) {
    this.#clock = options.clock;
    this.#link = options.link;
    this.#onGap = options.onGap;
    if (options.link.reason !== undefined) this.begin(options.link.reason);
  }

  /** Nothing can arrive from now on. */
  begin(reason: string): void {
    this.#tracker.begin(this.#clock.now(), reason);
  }

  /** A break that nobody announced for the link: all lines say that nothing can come (10197). */
  notice(entries: readonly ChainEntry[]): void {
    if (this.#tracker.open || this.#link.status !== 'up') return;
    const watched = entries.filter((entry) => entry.watched);
    const [first] = watched;
    if (first === undefined || !watched.every((entry) => entry.cutOff)) return;
    this.begin(first.row.staleReason ?? 'no line brings data');
  }

  /** Data arrives. */
  end(): void {
    const gap = this.#tracker.end(this.#clock.now());
    if (gap !== undefined) this.#onGap(gap);
  }
}
