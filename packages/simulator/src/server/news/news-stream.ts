import type { Clock, Timer } from '@ibkit/clock';
import type { Instrument } from '../../market/instrument.js';
import { endOfSpan, lastSpan, storyOf } from './stories.js';
import type { NewsProvider, PriceAt, Story } from './stories.js';

/** What a stream of stories is made from. */
export interface NewsStreamOptions {
  readonly clock: Clock;
  readonly instrument: Instrument;
  readonly providers: readonly NewsProvider[];
  readonly priceAt: PriceAt;
  readonly onStory: (story: Story) => void;
}

/** Calls back with every story about an instrument as its time comes; gives the function that ends it. */
export function streamStories({ clock, instrument, providers, priceAt, onStory }: NewsStreamOptions): () => void {
  const told = new Map(providers.map((provider) => [provider, lastSpan(provider, clock.now())]));
  let timer: Timer | undefined;
  const tell = (): void => {
    const nowMs = clock.now();
    for (const provider of providers) {
      const last = lastSpan(provider, nowMs);
      // After a jump of the clock only the newest story is news.
      const story = last > (told.get(provider) ?? last) ? storyOf(provider, instrument, last, priceAt) : undefined;
      told.set(provider, last);
      if (story !== undefined) onStory(story);
    }
    arm();
  };
  const arm = (): void => {
    const nowMs = clock.now();
    const next = Math.min(...providers.map((provider) => endOfSpan(provider, lastSpan(provider, nowMs) + 1)));
    // One millisecond later: a scaled clock may be a rounding error early.
    timer = clock.setTimer(next - nowMs + 1, tell);
  };
  if (providers.length > 0) arm();
  return () => {
    timer?.cancel();
  };
}
