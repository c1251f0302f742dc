import { isScope, valueAt } from './compile.js';
import type { CompiledField } from './compile.js';
import { INVALID } from './scalar.js';

/** The object that a reader fills. */
export type Draft = Record<string, unknown>;

function isDraft(value: unknown): value is Draft {
  return isScope(value);
}

const COUNT = /^\d{1,8}$/;

/** Reads the fields of one message in order. The first fault ends the reading and stays. */
export class FieldReader {
  readonly #fields: readonly string[];
  #at: number;
  #fault: { readonly field: string | undefined; readonly reason: string } | undefined;

  constructor(fields: readonly string[], from: number) {
    this.#fields = fields;
    this.#at = from;
  }

  /** What went wrong, if anything. */
  get fault(): { readonly field: string | undefined; readonly reason: string } | undefined {
    return this.#fault;
  }

  /** Fields that were not read yet. */
  get remaining(): number {
    return this.#fields.length - this.#at;
  }

  /** Reads `fields` into `draft`; false after a fault. */
  read(fields: readonly CompiledField[], draft: Draft): boolean {
    for (const field of fields) {
      if (!this.#readField(field, draft)) return false;
    }
    return true;
  }

  /** Ends the reading: fields that are left over are a fault. */
  finish(): boolean {
    if (this.remaining === 0) return true;
    return this.#fail(undefined, `${this.remaining} unexpected fields behind the last one`);
  }

  #readField(field: CompiledField, draft: Draft): boolean {
    switch (field.kind) {
      case 'scalar': {
        const text = this.#next();
        if (text === undefined) return this.#fail(field.key, 'is missing: the message is too short');
        const value = field.scalar.decode(text);
        if (value === INVALID) return this.#fail(field.key, field.scalar.rule);
        if (value !== undefined) draft[field.key] = value;
        else if (field.required) return this.#fail(field.key, 'must not be empty');
        return true;
      }
      case 'fixed':
        return this.#next() === undefined ? this.#fail(undefined, 'the message is too short') : true;
      case 'nested':
        return this.#readNested(field.key, field.fields, field.required, draft);
      case 'flagged': {
        const text = this.#next();
        if (text === undefined) return this.#fail(field.key, 'is missing: the message is too short');
        if (text === '0' || text === '') return true;
        if (text !== '1') return this.#fail(field.key, 'must be announced by 1 or 0');
        return this.#readNested(field.key, field.fields, true, draft);
      }
      case 'list':
        return this.#readList(field.key, field.item, field.required, draft);
      case 'scalars':
        return this.#readScalars(field, draft);
      case 'when':
        return field.test(valueAt(draft, field.path)) ? this.read(field.fields, draft) : true;
      case 'tail':
        return this.remaining === 0 || this.read(field.fields, draft);
      case 'absent':
        return true;
    }
  }

  #readNested(key: string, fields: readonly CompiledField[], required: boolean, draft: Draft): boolean {
    const known = draft[key];
    const inner: Draft = isDraft(known) ? known : {};
    if (!this.read(fields, inner)) return this.#within(key);
    if (required || Object.keys(inner).length > 0) draft[key] = inner;
    return true;
  }

  #readList(key: string, item: readonly CompiledField[], required: boolean, draft: Draft): boolean {
    const count = this.#count(key);
    if (count === undefined) return false;
    const items: Draft[] = [];
    for (let index = 0; index < count; index += 1) {
      const inner: Draft = {};
      if (!this.read(item, inner)) return this.#within(`${key}[${index}]`);
      items.push(inner);
    }
    if (required || count > 0) draft[key] = items;
    return true;
  }

  #readScalars(field: Extract<CompiledField, { readonly kind: 'scalars' }>, draft: Draft): boolean {
    const count = this.#count(field.key);
    if (count === undefined) return false;
    const items: unknown[] = [];
    for (let index = 0; index < count; index += 1) {
      const value = field.scalar.decode(this.#next() ?? '');
      if (value === INVALID || value === undefined) return this.#fail(`${field.key}[${index}]`, field.scalar.rule);
      items.push(value);
    }
    draft[field.key] = items;
    return true;
  }

  /** A count that the rest of the message can hold: every item has at least one field. */
  #count(key: string): number | undefined {
    const text = this.#next();
    if (text === undefined) {
      this.#fail(key, 'is missing: the message is too short');
      return undefined;
    }
    if (text === '') return 0;
    if (!COUNT.test(text) || Number(text) > this.remaining) {
      this.#fail(key, 'must begin with a count that the message can hold');
      return undefined;
    }
    return Number(text);
  }

  #next(): string | undefined {
    const text = this.#fields[this.#at];
    if (text !== undefined) this.#at += 1;
    return text;
  }

  #fail(field: string | undefined, reason: string): false {
    this.#fault ??= { field, reason };
    return false;
  }

  /** Names the object around the field that failed. */
  #within(key: string): false {
    if (this.#fault !== undefined) {
      const { field, reason } = this.#fault;
      this.#fault = { field: field === undefined ? key : `${key}.${field}`, reason };
    }
    return false;
  }
}
