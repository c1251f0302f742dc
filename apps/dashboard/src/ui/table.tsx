import type { ComponentChildren, JSX } from 'preact';

/** A column: its name and what it shows of a row. */
export interface Column<T> {
  readonly name: string;
  readonly show: (row: T) => ComponentChildren;
  /** Numbers stand on the right. */
  readonly numeric?: boolean;
  /** Left out on a narrow screen. */
  readonly minor?: boolean;
}

/** A table that scrolls by itself. */
export function Table<T>({ caption, columns, rows, keyOf }: { readonly caption: string; readonly columns: readonly Column<T>[]; readonly rows: readonly T[]; readonly keyOf: (row: T) => string }): JSX.Element {
  const classOf = ({ numeric, minor }: Column<T>): string => [numeric === true ? 'number' : '', minor === true ? 'minor' : ''].join(' ').trim();
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((column) => <th key={column.name} scope="col" class={classOf(column)}>{column.name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>{columns.map((column) => <td key={column.name} class={classOf(column)}>{column.show(row)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
