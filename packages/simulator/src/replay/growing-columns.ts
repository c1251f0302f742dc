const FIRST_CAPACITY = 256;

/** Rows of numbers in columns that grow as rows are added: compact where a file has millions of them. */
export class GrowingColumns {
  #columns: readonly Float64Array<ArrayBuffer>[];
  #capacity = FIRST_CAPACITY;
  #length = 0;

  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => new Float64Array(FIRST_CAPACITY));
  }

  get length(): number {
    return this.#length;
  }

  add(...values: readonly number[]): void {
    if (this.#length === this.#capacity) this.#grow();
    for (let index = 0; index < this.#columns.length; index += 1) {
      const column = this.#columns[index];
      if (column !== undefined) column[this.#length] = values[index] ?? Number.NaN;
    }
    this.#length += 1;
  }

  at(column: number, row: number): number {
    return this.#columns[column]?.[row] ?? Number.NaN;
  }

  /** A copy of a column's rows from `first` to before `end`. */
  slice(column: number, first = 0, end = this.#length): Float64Array<ArrayBuffer> {
    return this.#columns[column]?.slice(first, end) ?? new Float64Array(0);
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#columns = this.#columns.map((column) => {
      const room = new Float64Array(this.#capacity);
      room.set(column);
      return room;
    });
  }
}
