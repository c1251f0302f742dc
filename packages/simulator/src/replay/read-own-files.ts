import type { NewYorkDays } from '../market/new-york-days.js';
import { LineReader, splitFields } from './line-reader.js';
import { KINDS_RULE, columnName, rowKindOf } from './own-row.js';
import type { OwnRow, RowKind } from './own-row.js';
import { OwnRows } from './own-rows.js';
import type { OwnFileName } from './own-rows.js';

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

/** Where values of the line that was read last are. */
class LineRow implements OwnRow {
  readonly #lines: LineReader;
  #values: Readonly<Record<string, unknown>> = NO_FIELDS;

  constructor(lines: LineReader) {
    this.#lines = lines;
  }

  take(values: Readonly<Record<string, unknown>>): this {
    this.#values = values;
    return this;
  }

  value(field: string): unknown {
    return this.#values[field];
  }

  fail(field: string, rule: string, value?: unknown): never {
    return this.#lines.fail(field, rule, value);
  }
}

/**
 * Reads comma separated values with a header row that names the columns; the columns say whether they are trades, quotes or bars.
 * @throws UsageError naming file, line, field, value and rule.
 */
export function readOwnCsv(bytes: Uint8Array, fileName: string, name: OwnFileName, days: NewYorkDays): OwnRows {
  const lines = new LineReader(bytes, fileName);
  const header = splitFields(lines.next() ?? '') ?? lines.fail('header', 'must close every quotation mark');
  const columns = header.map((text) => columnName(text) ?? lines.fail('header', `must have the columns of ${KINDS_RULE}`, text));
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) lines.fail('header', 'must not name a column twice', twice);
  const kind = rowKindOf(new Set(columns)) ?? lines.fail('header', `must have the columns of ${KINDS_RULE}`, columns.join(','));
  const rows = new OwnRows(name, days);
  const row = new LineRow(lines);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const fields = splitFields(line) ?? lines.fail('row', 'must close every quotation mark, and quote whole fields only', line);
    if (fields.length !== columns.length) lines.fail('row', `must have ${columns.length} fields, as the header has, not ${fields.length}`, line);
    const values: Record<string, unknown> = {};
    columns.forEach((column, index) => {
      const field = fields[index];
      if (field !== undefined && field !== '') values[column] = field;
    });
    rows.add(kind, row.take(values));
  }
  return rows;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(line: string, lines: LineReader): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    lines.fail('row', 'must be one JSON object', line);
  }
  return isRecord(value) ? value : lines.fail('row', 'must be one JSON object', line);
}

/** The fields of a kind of JSON row, as the file spells them and as this package does. */
interface RowForm {
  readonly kind: RowKind;
  readonly columns: readonly (readonly [text: string, column: string])[];
}

const MOST_FORMS = 100;

function formOf(texts: readonly string[], lines: LineReader): RowForm {
  const names = new Set<string>();
  const columns = texts.map((text) => {
    const column = columnName(text) ?? lines.fail('row', `must have the fields of ${KINDS_RULE}`, text);
    if (names.has(column)) lines.fail('row', 'must not name a field twice', text);
    names.add(column);
    return [text, column] as const;
  });
  return { kind: rowKindOf(names) ?? lines.fail('row', `must have the fields of ${KINDS_RULE}`, [...names].join(',')), columns };
}

/**
 * Reads lines of JSON objects; the fields of each say whether it is a trade, a quote or a bar, and all three may be in one file. A null is an empty field.
 * @throws UsageError naming file, line, field, value and rule.
 */
export function readJsonLines(bytes: Uint8Array, fileName: string, name: OwnFileName, days: NewYorkDays): OwnRows {
  const lines = new LineReader(bytes, fileName);
  const rows = new OwnRows(name, days);
  const row = new LineRow(lines);
  const forms = new Map<string, RowForm>();
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const fields = parsed(line, lines);
    const key = Object.keys(fields).join();
    const form = forms.get(key) ?? formOf(Object.keys(fields), lines);
    // Few programs write their fields in many orders.
    if (forms.size < MOST_FORMS) forms.set(key, form);
    const values: Record<string, unknown> = {};
    for (const [text, column] of form.columns) {
      const value = fields[text];
      if (value !== null && value !== '') values[column] = value;
    }
    rows.add(form.kind, row.take(values));
  }
  return rows;
}
