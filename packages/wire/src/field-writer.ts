import { isScope, valueAt } from './compile.js';
import type { CompiledField, Scope } from './compile.js';
import { refusal } from './refusal.js';

const NUL = '\0';
const EMPTY: Scope = {};

/** Builds the text of one message. */
export class FieldWriter {
  readonly #type: string;
  /** Whether a value that the server version has no field for is refused. Servers leave such values out. */
  readonly #refuseAbsent: boolean;
  #text: string;

  constructor(type: string, id: number, refuseAbsent: boolean) {
    this.#type = type;
    this.#refuseAbsent = refuseAbsent;
    this.#text = `${id}${NUL}`;
  }

  /** Everything written so far, NUL behind each field. */
  get text(): string {
    return this.#text;
  }

  /** @throws UsageError naming the first field that cannot be written. */
  write(fields: readonly CompiledField[], scope: Scope, prefix = ''): void {
    for (const field of fields) this.#writeField(field, scope, prefix);
  }

  #writeField(field: CompiledField, scope: Scope, prefix: string): void {
    switch (field.kind) {
      case 'scalar': {
        const value = scope[field.key];
        if (value === undefined) {
          if (field.required) throw refusal(this.#type, prefix + field.key, value, field.scalar.rule);
          this.#text += field.unset + NUL;
          return;
        }
        const text = field.scalar.encode(value);
        if (text === undefined) throw refusal(this.#type, prefix + field.key, value, field.scalar.rule);
        this.#text += text + NUL;
        return;
      }
      case 'fixed':
        this.#text += field.text + NUL;
        return;
      case 'nested':
        this.write(field.fields, this.#object(scope[field.key], prefix + field.key, field.required), `${prefix}${field.key}.`);
        return;
      case 'flagged': {
        const value = scope[field.key];
        this.#text += (value === undefined ? '0' : '1') + NUL;
        if (value !== undefined) this.write(field.fields, this.#object(value, prefix + field.key, true), `${prefix}${field.key}.`);
        return;
      }
      case 'list': {
        const items = this.#list(scope[field.key], prefix + field.key, field.required);
        for (let index = 0; index < items.length; index += 1) {
          const path = `${prefix}${field.key}[${index}]`;
          this.write(field.item, this.#object(items[index], path, true), `${path}.`);
        }
        return;
      }
      case 'scalars': {
        const items = this.#list(scope[field.key], prefix + field.key, true);
        for (let index = 0; index < items.length; index += 1) {
          const text = field.scalar.encode(items[index]);
          if (text === undefined) throw refusal(this.#type, `${prefix}${field.key}[${index}]`, items[index], field.scalar.rule);
          this.#text += text + NUL;
        }
        return;
      }
      case 'when':
        if (field.test(valueAt(scope, field.path))) this.write(field.fields, scope, prefix);
        return;
      case 'tail':
        this.write(field.fields, scope, prefix);
        return;
      case 'absent': {
        const value = scope[field.key];
        const carriesNothing = value === undefined || value === '' || value === false;
        if (this.#refuseAbsent && !carriesNothing) throw refusal(this.#type, prefix + field.key, value, field.rule);
      }
    }
  }

  #object(value: unknown, path: string, required: boolean): Scope {
    if (value === undefined && !required) return EMPTY;
    if (!isScope(value)) throw refusal(this.#type, path, value, 'must be an object');
    return value;
  }

  /** Writes the count and answers the items. */
  #list(value: unknown, path: string, required: boolean): readonly unknown[] {
    if (value === undefined && !required) {
      this.#text += `0${NUL}`;
      return [];
    }
    if (!Array.isArray(value)) throw refusal(this.#type, path, value, 'must be a list');
    this.#text += `${value.length}${NUL}`;
    return value;
  }
}
