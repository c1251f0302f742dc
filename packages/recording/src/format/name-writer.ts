import type { ByteWriter } from './byte-writer.js';
import type { NameTable } from './name-table.js';
import { createNameTable } from './name-table.js';
import { RECORD } from './record.js';

/** The number of a text is a u16; room for those of one more row is kept. */
const MOST_TEXTS = 65_535 - 16;

/** Gives texts and instruments numbers, and writes a record for each the first time, before the row that uses it. */
export class NameWriter {
  readonly table: NameTable = createNameTable();
  readonly #texts = new Map<string, number>();
  readonly #bySymbol = new Map<string, number>();
  readonly #byConId = new Map<number, number>();

  /** Whether a new segment is needed before the next row. */
  get full(): boolean {
    return this.table.texts.length >= MOST_TEXTS;
  }

  text(writer: ByteWriter, text: string | undefined): number {
    if (text === undefined || text === '') return 0;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const id = this.table.texts.push(text) - 1;
    this.#texts.set(text, id);
    writer.begin(RECORD.text, 2);
    writer.u16(id);
    writer.long(text);
    writer.end();
    return id;
  }

  instrument(writer: ByteWriter, symbol: string, conId: number | undefined): number {
    const known = conId === undefined ? this.#bySymbol.get(symbol) : this.#byConId.get(conId);
    if (known !== undefined && (conId === undefined || this.table.instruments[known]?.symbol === symbol)) return known;
    const id = this.table.instruments.push({ symbol, conId }) - 1;
    if (conId === undefined) this.#bySymbol.set(symbol, id);
    else this.#byConId.set(conId, id);
    writer.begin(RECORD.instrument, 12);
    writer.u32(id);
    writer.f64(conId);
    writer.long(symbol);
    writer.end();
    return id;
  }
}
