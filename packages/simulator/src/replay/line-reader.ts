import { UsageError } from '@ibkit/error-codes';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const LONGEST_LINE = 65_536;
const SHOWN_CHARACTERS = 40;

/** Reads a text file line by line from its bytes; empty lines are skipped. Every fault names file, line, field and rule. */
export class LineReader {
  readonly fileName: string;
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder();
  #position = 0;
  #line = 0;

  /** @param fileName as it shall appear in errors */
  constructor(bytes: Uint8Array, fileName: string) {
    this.#bytes = bytes;
    this.fileName = fileName;
  }

  /** The next line that is not empty, without its end; undefined after the last one. */
  next(): string | undefined {
    while (this.#position < this.#bytes.length) {
      const start = this.#position;
      const newline = this.#bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? this.#bytes.length : newline;
      this.#position = end + 1;
      this.#line += 1;
      const last = end > start && this.#bytes[end - 1] === RETURN ? end - 1 : end;
      if (last - start > LONGEST_LINE) this.fail('row', `must be at most ${LONGEST_LINE} bytes long`);
      const text = this.#decoder.decode(this.#bytes.subarray(start, last));
      if (text.trim() !== '') return text;
    }
    return undefined;
  }

  /** @throws UsageError always, about a field of the line that was read last. */
  fail(field: string, rule: string, value?: unknown): never {
    const shown = typeof value === 'string' ? value.slice(0, SHOWN_CHARACTERS) : value;
    throw new UsageError({ field: `${this.fileName}: line ${this.#line}, ${field}`, rule, ...(shown === undefined ? {} : { value: shown }) });
  }
}

/** The fields of a line of comma separated values, with or without double quotes; undefined when a quote is in the wrong place. */
export function splitFields(line: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim());
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
      const end = comma === -1 ? line.length : comma;
      const field = line.slice(at, end);
      if (field.includes('"')) return undefined;
      fields.push(field.trim());
      at = end;
      continue;
    }
    let field = '';
    for (at += 1; ; at += 1) {
      if (at >= line.length) return undefined;
      if (line[at] !== '"') field += line[at] ?? '';
      else if (line[at + 1] === '"') {
        field += '"';
        at += 1;
      } else break;
    }
    at += 1;
    if (at < line.length && line[at] !== ',') return undefined;
    fields.push(field.trim());
  }
  return fields;
}
