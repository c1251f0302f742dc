const FIRST_CAPACITY = 256;

/** Rows of numbers in columns that grow as rows are added: compact where a file has millions of them. */
export class GrowingColumns {
  readonly #columns: Float64Array<ArrayBuffer>[];
  #length = 0;

  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => new Float64Array(FIRST_CAPACITY));
  }

  get length(): number {
    return this.#length;
  }

  add(...values: readonly number[]): void {
    this.#columns.forEach((column, index) => {
      let room = column;
      if (this.#length === column.length) {
        room = new Float64Array(column.length * 2);
        room.set(column);
        this.#columns[index] = room;
      }
      room[this.#length] = values[index] ?? Number.NaN;
    });
    this.#length += 1;
  }

  at(column: number, row: number): number {
    return this.#columns[column]?.[row] ?? Number.NaN;
  }

  /** A copy of a column's rows from `first` to before `end`. */
  slice(column: number, first = 0, end = this.#length): Float64Array<ArrayBuffer> {
    return this.#columns[column]?.slice(first, end) ?? new Float64Array(0);
  }
}
