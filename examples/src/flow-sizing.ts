import type { LatestPrediction } from '@ibkit/options-flow';

/** What the strategy knows when a prediction comes. */
export interface SizingFacts {
  readonly prediction: LatestPrediction['prediction'];
  /** The price of the share now. */
  readonly price: number;
  /** Net liquidation value of the account, in the share's currency. */
  readonly equity: number;
  /** Shares held now. */
  readonly position: number;
}

/** What it wants, and why. */
export interface SizingDecision {
  /** Shares to buy (above 0) or to sell (below 0). */
  readonly change: number;
  readonly why: string;
}

/** No conviction below this. */
const LEAST_CONFIDENCE = 0.6;
/** Share of the equity at full confidence. */
const LARGEST_SHARE = 0.05;
/** How far the price may have gone since the prediction was made. */
const MOST_DRIFT = 0.01;

const LONG: ReadonlySet<string> = new Set(['bullish', 'up', 'buy', 'long', '1']);
const SHORT: ReadonlySet<string> = new Set(['bearish', 'down', 'sell', 'short', '-1']);

/** Sizes a position by the latest prediction: nothing without conviction, at most 5 % of the equity with all of it, and never short. */
export function sizeByPrediction({ prediction, price, equity, position }: SizingFacts): SizingDecision {
  const { signal, confidence, stockPrice } = prediction;
  const word = String(signal).toLowerCase();
  const stay = (why: string): SizingDecision => ({ change: 0, why });
  if (!LONG.has(word) && !SHORT.has(word)) return stay(`the signal "${word}" is neither up nor down`);
  if (confidence < LEAST_CONFIDENCE) return stay(`a confidence of ${confidence} is below ${LEAST_CONFIDENCE}`);
  const drift = stockPrice === undefined ? 0 : Math.abs(price / stockPrice - 1);
  if (drift > MOST_DRIFT) return stay(`the price went ${(100 * drift).toFixed(1)} % since the prediction was made at ${stockPrice ?? 0}`);
  const conviction = Math.min(1, (confidence - LEAST_CONFIDENCE) / (1 - LEAST_CONFIDENCE));
  const wanted = LONG.has(word) ? Math.floor((conviction * LARGEST_SHARE * equity) / price) : 0;
  const why = `${word} with confidence ${confidence}: ${(100 * conviction * (LONG.has(word) ? LARGEST_SHARE : 0)).toFixed(2)} % of ${equity.toFixed(0)} at ${price} are ${wanted} shares, ${position} are held`;
  return { change: wanted - position, why };
}
