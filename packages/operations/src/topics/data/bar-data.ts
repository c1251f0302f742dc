import type { TopicDelta } from '@ibkit/api-contract';
import { finite, known } from '../../views/known.js';
import { microseconds } from '../topic-event.js';
import { amountText, numberText } from './numbers.js';

type BarData = TopicDelta<'bars'>['bar'];

/** A bar of five seconds, or one that is kept up to date. */
export interface BarSource {
  /** When it begins, epoch milliseconds. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count?: number | undefined;
}

/** One bar as the stream tells it. */
export function barData({ time, open, high, low, close, volume, wap, count }: BarSource, complete: boolean): BarData {
  return known<BarData>({
    timeUs: microseconds(time), open: numberText(open), high: numberText(high), low: numberText(low), close: numberText(close),
    volume: amountText(volume), wap: amountText(wap), count: finite(count), complete,
  }); // prettier-ignore
}
