import type { AnyField } from './layout.js';

/**
 * The fields of one server version: gates are resolved, nested gates included.
 *
 * With `keepAbsent`, a single field that the version does not have stays behind as an `absent` marker, so that an encoder can refuse a value
 * that it would have to drop.
 */
export type CompiledField =
  | Exclude<AnyField, { readonly kind: 'gate' | 'nested' | 'flagged' | 'list' | 'when' | 'tail' }>
  | { readonly kind: 'nested'; readonly key: string; readonly fields: readonly CompiledField[]; readonly required: boolean }
  | { readonly kind: 'flagged'; readonly key: string; readonly fields: readonly CompiledField[] }
  | { readonly kind: 'list'; readonly key: string; readonly item: readonly CompiledField[]; readonly required: boolean }
  | { readonly kind: 'when'; readonly path: readonly string[]; readonly test: (value: unknown) => boolean; readonly fields: readonly CompiledField[] }
  | { readonly kind: 'tail'; readonly fields: readonly CompiledField[] }
  | { readonly kind: 'absent'; readonly key: string; readonly rule: string };

function test(is: 'set' | 'positive' | 'infinite' | readonly string[]): (value: unknown) => boolean {
  if (is === 'set') return (value) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  if (is === 'positive') return (value) => typeof value === 'number' && value > 0;
  if (is === 'infinite') return (value) => value === Infinity;
  const words = new Set(is);
  return (value) => typeof value === 'string' && (words.has(value) || words.has(value.toUpperCase()));
}

function compileField(field: AnyField, serverVersion: number, into: CompiledField[]): void {
  switch (field.kind) {
    case 'gate':
      if (serverVersion >= field.from && serverVersion <= field.to) {
        for (const each of field.fields) compileField(each, serverVersion, into);
      } else {
        const rule = serverVersion < field.from ? `needs server version ${field.from}` : `ended with server version ${field.to}`;
        for (const each of field.fields) {
          if (each.kind === 'scalar') into.push({ kind: 'absent', key: each.key, rule: `${rule}, this one is ${serverVersion}` });
        }
      }
      return;
    case 'nested':
      into.push({ kind: 'nested', key: field.key, required: field.required, fields: compileFields(field.fields, serverVersion) });
      return;
    case 'flagged':
      into.push({ kind: 'flagged', key: field.key, fields: compileFields(field.fields, serverVersion) });
      return;
    case 'list':
      into.push({ kind: 'list', key: field.key, required: field.required, item: compileFields(field.item, serverVersion) });
      return;
    case 'when':
      into.push({ kind: 'when', path: field.condition.path, test: test(field.condition.is), fields: compileFields(field.fields, serverVersion) });
      return;
    case 'tail':
      into.push({ kind: 'tail', fields: compileFields(field.fields, serverVersion) });
      return;
    default:
      into.push(field);
  }
}

/** Resolves the gates of a layout for one server version. */
export function compileFields(fields: readonly AnyField[], serverVersion: number): readonly CompiledField[] {
  const compiled: CompiledField[] = [];
  for (const field of fields) compileField(field, serverVersion, compiled);
  return compiled;
}

/** An object read by keys. */
export type Scope = Readonly<Record<string, unknown>>;

/** Any object can be read by keys. */
export function isScope(value: unknown): value is Scope {
  return typeof value === 'object' && value !== null;
}

/** The value at the end of a path, `undefined` when it breaks off. */
export function valueAt(scope: Scope, path: readonly string[]): unknown {
  let value: unknown = scope;
  for (const key of path) {
    if (!isScope(value)) return undefined;
    value = value[key];
  }
  return value;
}
