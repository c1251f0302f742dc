/** The client's time passes so much faster than ours: ten seconds without an answer are half a one. */
export const CLIENT_SPEED = 20;
/** The market's time: what fills part by part is filled soon. */
export const MARKET_SPEED = 20;
