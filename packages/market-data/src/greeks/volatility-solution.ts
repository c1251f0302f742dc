/** What a solver found, or why it found nothing. */
export type VolatilitySolution = { readonly volatility: number; readonly iterations: number } | 'vega-too-small' | 'volatility-too-high' | 'not-converged';

/** A volatility counts as found when the rounding of the price can move it by no more than this: a hundredth of a percentage point. */
export const MOST_UNCERTAIN = 1e-4;
