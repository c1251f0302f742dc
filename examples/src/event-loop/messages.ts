/** What crosses between the session's thread and the main one: plain data. */
export interface SessionData {
  readonly host: string;
  readonly port: number;
  readonly symbols: readonly string[];
}

export interface QuoteEvent {
  readonly type: 'quote';
  readonly symbol: string;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly stale: boolean;
}
