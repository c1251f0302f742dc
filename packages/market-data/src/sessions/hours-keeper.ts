import type { Clock, Timer } from '@ibkit/clock';
import type { ContractQuery } from '../contracts/contract-query.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { StreamWatch, StreamWatching, WatchedStream } from '../liveness/watched-stream.js';
import { tradingHoursOf } from './trading-hours.js';

/** What a {@link HoursKeeper} works with. */
export interface HoursKeeperOptions {
  readonly watching: StreamWatching;
  readonly clock: Clock;
  /** The market's time, epoch milliseconds. */
  readonly marketNow: () => number;
  /** Looks a contract up anew. */
  readonly lookUp: (query: ContractQuery) => Promise<ResolvedContract>;
}

const HOUR_MS = 3_600_000;
/** Hours are looked up anew when they end so soon: time for a weekend, and for some tries. */
const AHEAD_MS = 36 * HOUR_MS;
const LOOK_EVERY_MS = HOUR_MS;

/**
 * Lets the trading hours of a contract go on as long as a stream of it is open. TWS tells about a week of them with a look-up; a program that runs
 * for months would not know after a week whether its silence is a closed market.
 */
export class HoursKeeper implements StreamWatching {
  readonly #options: HoursKeeperOptions;
  /** Open streams per contract. */
  readonly #followed = new Map<ResolvedContract, number>();
  #timer: Timer | undefined;
  #looking = false;

  constructor(options: HoursKeeperOptions) {
    this.#options = options;
  }

  watch(stream: WatchedStream): StreamWatch {
    const { contract } = stream;
    const watch = this.#options.watching.watch(stream);
    // Without hours there is nothing that ends.
    if (tradingHoursOf(contract).knownUntilMs === undefined) return watch;
    this.#followed.set(contract, (this.#followed.get(contract) ?? 0) + 1);
    this.#timer ??= this.#later();
    let open = true;
    return {
      heard: () => {
        watch.heard();
      },
      notice: (notice) => {
        watch.notice(notice);
      },
      close: () => {
        if (open) this.#unfollow(contract);
        open = false;
        watch.close();
      },
    };
  }

  /** Follows nothing any more. */
  close(): void {
    this.#followed.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #unfollow(contract: ResolvedContract): void {
    const left = (this.#followed.get(contract) ?? 0) - 1;
    if (left > 0) this.#followed.set(contract, left);
    else this.#followed.delete(contract);
    if (this.#followed.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #later(): Timer {
    return this.#options.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#timer = this.#later();
      void this.#look();
    }, { keepAlive: false });
  }

  /** One after the other: nothing here is urgent. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { lookUp, marketNow } = this.#options;
    for (const contract of [...this.#followed.keys()]) {
      const hours = tradingHoursOf(contract);
      if ((hours.knownUntilMs ?? 0) - marketNow() > AHEAD_MS || !this.#followed.has(contract)) continue;
      try {
        hours.learn(await lookUp({ conId: contract.conId, exchange: contract.exchange }));
      } catch {
        // Not connected, slow, or expired: tried again in an hour. When the old hours end, everybody sees `unknown` and minds silence as in an open market.
      }
    }
    this.#looking = false;
  }
}
