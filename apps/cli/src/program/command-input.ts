import { UsageError } from '@ibkit/error-codes';
import { parseChoice, parseDuration, parseMoment, parseNumber, parsePositive, parseWhole } from './arguments.js';

/** What an argument or option was given: a text, several, or that it is there. */
export type GivenValue = string | readonly string[] | true;

function isList(value: GivenValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}

/** The words and flags of one call of a command, read by name. What breaks its rule is a usage error that names the flag, the value and the rule. */
export class CommandInput {
  readonly #arguments: ReadonlyMap<string, GivenValue>;
  readonly #options: ReadonlyMap<string, GivenValue>;

  constructor(given: { readonly arguments: ReadonlyMap<string, GivenValue>; readonly options: ReadonlyMap<string, GivenValue> }) {
    this.#arguments = given.arguments;
    this.#options = given.options;
  }

  /** An argument that the table says is always there. */
  argument(name: string): string {
    const value = this.#arguments.get(name);
    if (typeof value !== 'string') throw new UsageError({ field: name.toUpperCase(), rule: 'is needed' });
    return value;
  }

  /** An argument that may be left out. */
  optional(name: string): string | undefined {
    const value = this.#arguments.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** An argument of several words. */
  words(name: string): readonly string[] {
    const value = this.#arguments.get(name);
    return isList(value) ? value : [];
  }

  /** Whether a flag is there. */
  on(name: string): boolean {
    return this.#options.has(name);
  }

  /** The text behind a flag. */
  text(name: string): string | undefined {
    const value = this.#options.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The texts behind a flag that takes several, or one text with commas. */
  list(name: string): readonly string[] | undefined {
    const value = this.#options.get(name);
    if (value === undefined || value === true) return undefined;
    const parts = (typeof value === 'string' ? [value] : value).flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
    if (parts.length === 0) throw new UsageError({ field: `--${name}`, rule: 'must name at least one' });
    return parts;
  }

  /** The file names behind a flag: a comma is a part of a name. */
  files(name: string): readonly string[] | undefined {
    const value = this.#options.get(name);
    return isList(value) ? value : undefined;
  }

  /** A whole number behind a flag. */
  whole(name: string, lowest: number, highest?: number): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseWhole(`--${name}`, text, lowest, highest);
  }

  /** A number above 0 behind a flag. */
  positive(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parsePositive(`--${name}`, text);
  }

  /** Any number behind a flag, also a negative one. */
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseNumber(`--${name}`, text);
  }

  /** A span of time behind a flag, milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(`--${name}`, text);
  }

  /** A day or a time with its zone behind a flag, as it was written. */
  moment(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined) parseMoment(`--${name}`, text);
    return text;
  }

  /** One of a few words behind a flag. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseChoice(`--${name}`, text, choices);
  }
}
