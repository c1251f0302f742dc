/** What a row refers to by number. */
export interface NamedInstrument {
  readonly symbol: string;
  readonly conId?: number | undefined;
}

/** The texts and instruments of one segment by number, as a reader learns them; number 0 is none. */
export interface NameTable {
  readonly instruments: (NamedInstrument | undefined)[];
  readonly texts: (string | undefined)[];
}

/** An empty table. */
export function createNameTable(): NameTable {
  return { instruments: [undefined], texts: [undefined] };
}
