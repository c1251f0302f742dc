import { UsageError } from '@ibkit/error-codes';

/** What a value that came from outside must be. */
export interface Rule<T> {
  /** @throws UsageError that names `field`, the value and the rule. */
  readonly check: (value: unknown, field: string) => asserts value is T;
}

/** A rule for every field of `T`. */
export type FieldRules<T> = { readonly [Field in keyof T]-?: Rule<T[Field]> };

/** Longest value that an error message repeats. */
const SHOWN_LENGTH = 80;

/** @throws UsageError always. */
export function refuse(field: string, rule: string, value: unknown): never {
  const text = typeof value === 'string' && value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value;
  throw new UsageError({ field, rule, value: text });
}

/** A rule that a test of the value decides. */
export function rule<T>(says: string, fits: (value: unknown) => value is T): Rule<T> {
  return {
    check: (value, field): asserts value is T => {
      if (!fits(value)) refuse(field, says, value);
    },
  };
}

export function wholeNumber(min: number, max: number): Rule<number> {
  return rule(`must be a whole number from ${min} to ${max}`, (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max);
}

export function finiteNumber(min: number, max: number): Rule<number> {
  return rule(`must be a number from ${min} to ${max}`, (value): value is number => typeof value === 'number' && value >= min && value <= max);
}

/** A text of 1 to `maxLength` characters. */
export function text(maxLength = 200): Rule<string> {
  return rule(`must be a text of 1 to ${maxLength} characters`, (value): value is string => typeof value === 'string' && value.length > 0 && value.length <= maxLength);
}

export const flag: Rule<boolean> = rule('must be true or false', (value): value is boolean => typeof value === 'boolean');

export function oneOf<const T extends string | number>(...choices: readonly T[]): Rule<T> {
  const known: ReadonlySet<unknown> = new Set(choices);
  return rule(`must be one of ${choices.map(String).join(', ')}`, (value): value is T => known.has(value));
}

/** A list of `minLength` (1) to `maxLength` items. */
export function listOf<T>(item: Rule<T>, maxLength: number, minLength = 1): Rule<readonly T[]> {
  return {
    check: (value, field): asserts value is readonly T[] => {
      if (!Array.isArray(value) || value.length < minLength || value.length > maxLength) refuse(field, `must be a list of ${minLength} to ${maxLength} items`, value);
      const items: readonly unknown[] = value;
      items.forEach((entry, index) => {
        item.check(entry, `${field}[${index}]`);
      });
    },
  };
}

/** The value may be missing. */
export function optional<T>(present: Rule<T>): Rule<T | undefined> {
  return {
    check: (value, field): asserts value is T | undefined => {
      if (value !== undefined) present.check(value, field);
    },
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields, and whatever others. */
export function recordOf<T>(rules: FieldRules<T>): Rule<T> {
  return {
    check: (value, field): asserts value is T => {
      if (!isRecord(value)) refuse(field, 'must be an object', value);
      const known: Readonly<Record<string, Rule<unknown>>> = rules;
      for (const name of Object.keys(known)) {
        const own: Rule<unknown> | undefined = known[name];
        own?.check(value[name], within(field, name));
      }
    },
  };
}

/** Names the field `name` inside `parent`; at the top there is no parent. */
export function within(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

/** An object with these fields and no others. */
export function fieldsOf<T>(rules: FieldRules<T>, what: string): Rule<T> {
  return {
    check: (value, field): asserts value is T => {
      if (!isRecord(value)) refuse(field === '' ? what : field, 'must be an object', value);
      const known: Readonly<Record<string, Rule<unknown>>> = rules;
      for (const name of Object.keys(value)) {
        if (!Object.hasOwn(known, name)) refuse(within(field, name), `must not be given: ${what} has only ${Object.keys(known).join(', ')}`, value[name]);
      }
      for (const name of Object.keys(known)) {
        const own: Rule<unknown> | undefined = known[name];
        own?.check(value[name], within(field, name));
      }
    },
  };
}
