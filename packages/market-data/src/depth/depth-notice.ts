/** TWS API: the exchanges of a smart book; market depth halted; market depth reset; no more books. */
export const SMART_EXCHANGES = 2152;
export const HALTED = 316;
export const RESET = 317;
export const TOO_MANY_BOOKS = 309;

/** Reasons why a book is stale. */
export const STALE = {
  waiting: 'no row has arrived yet',
  filling: 'the book is being filled',
  reset: 'the broker emptied the book (317)',
  halted: 'the broker halted the book (316)',
  disordered: 'the prices of a side are out of order',
  inconsistent: 'a change did not fit the book, which is asked for again',
  refused: 'the broker has no room for the book now (309)',
} as const;
