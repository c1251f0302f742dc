import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigurationError } from '@ibkit/error-codes';
import type { ConfigurationProblem } from '@ibkit/error-codes';
import { argumentsLayer, configFileArgument } from './arguments-layer.js';
import type { ArgumentOptions, Arguments } from './arguments-layer.js';
import { writeFileAtomically } from './atomic-write.js';
import { readCustomSection } from './custom-section.js';
import { CONFIG_VARIABLE, dotenvLayer, environmentLayer } from './environment-layer.js';
import type { Environment } from './environment-layer.js';
import { fileContent, jsonText } from './file-content.js';
import { fileLayer } from './file-layer.js';
import type { FileFormat } from './file-layer.js';
import { withModeChecked } from './file-mode.js';
import { updateIni, writeIni } from './ini-document.js';
import { KEYS } from './keys.js';
import { LayerBuilder } from './layer.js';
import type { CustomSections, Layer } from './layer.js';
import { mergeLayers } from './merge-layers.js';
import type { Merged } from './merge-layers.js';
import { ConfiguredValues, defaultPort } from './values.js';
import type { ConfigKey, ConfigValues } from './values.js';

/** Values from code. Durations are in milliseconds; `sections` are the user's own. */
export type ConfigInput = { readonly [K in ConfigKey]?: ConfigValues[K] | undefined } & {
  readonly sections?: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> | undefined;
};

/** Where {@link Config.load} looks, from the weakest to the strongest. */
export interface ConfigSources {
  /** A file; it must exist unless `fileOptional`. Without it, `--config` and then `IBKIT_CONFIG` name one. */
  readonly file?: string | undefined;
  /** Whether `file` may be missing. @defaultValue false */
  readonly fileOptional?: boolean | undefined;
  /** The text of a `.env` file. */
  readonly dotenv?: string | undefined;
  /** Variables, such as `process.env`. */
  readonly env?: Environment | undefined;
  /** Flags, such as `process.argv.slice(2)`, or a record from a command line parser. */
  readonly args?: Arguments | undefined;
  /** What to do with flags that are not configuration. @defaultValue 'ignore' */
  readonly unknownFlags?: ArgumentOptions['unknown'];
  /** Values from code, which win. */
  readonly values?: ConfigInput | undefined;
}

/** A text with a known format and a name for messages. */
export interface FileText {
  readonly text: string;
  readonly format: FileFormat;
  /** How problems name it. @defaultValue 'the file' */
  readonly source?: string | undefined;
}

const HIDDEN = '[hidden]';
const CODE = 'code';

/**
 * The configuration of a program: validated, frozen, and knowing where each value came from.
 *
 * Layers, the weakest first: defaults, file, `.env`, environment, flags, code.
 * Every way to make one throws a `ConfigurationError` that lists all problems at once, with path, value and rule.
 */
export class Config extends ConfiguredValues {
  /** What was left out on purpose, such as live mode in `.env`, and variables that look like ours but are not. */
  readonly warnings: readonly ConfigurationProblem[];
  /** The user's own sections: texts by section and name. */
  readonly sections: CustomSections;
  readonly #layers: readonly Layer[];
  readonly #merged: Merged;

  /** @throws ConfigurationError when a value breaks its rule. */
  constructor(values: ConfigInput = {}) {
    const layers = isLayered(values) ? values[LAYERS] : [codeLayer(values)];
    const merged = mergeLayers(layers);
    super(merged.values);
    this.#layers = layers;
    this.#merged = merged;
    this.warnings = merged.warnings;
    this.sections = merged.sections;
    Object.freeze(this);
  }

  /** Reads a text: no file is touched. */
  static fromText({ text, format, source = 'the file' }: FileText): Config {
    return layered([fileLayer(text, format, source)]);
  }

  /**
   * Reads a file: JSON when its name ends in `.json`, else INI.
   * @throws ConfigurationError also when the file cannot be read.
   */
  static async fromFile(path: string): Promise<Config> {
    return layered([await readLayer(path, false)]);
  }

  /** Reads variables and, below them, the text of a `.env` file. */
  static fromEnv(env: Environment, options: { readonly dotenv?: string | undefined } = {}): Config {
    return layered([...(options.dotenv === undefined ? [] : [dotenvLayer(options.dotenv)]), environmentLayer(env)]);
  }

  /** Reads flags: what follows the program's name, or a record from a command line parser. */
  static fromArgs(args: Arguments, options: ArgumentOptions = {}): Config {
    return layered([argumentsLayer(args, options)]);
  }

  /** Puts all sources on top of each other and reports the problems of all of them at once. */
  static async load(sources: ConfigSources = {}): Promise<Config> {
    const { fileOptional = false, dotenv, env = {}, args = [], unknownFlags = 'ignore', values = {} } = sources;
    const file = sources.file ?? configFileArgument(args) ?? (env[CONFIG_VARIABLE] === '' ? undefined : env[CONFIG_VARIABLE]);
    return layered([
      ...(file === undefined ? [] : [await readLayer(file, fileOptional)]),
      ...(dotenv === undefined ? [] : [dotenvLayer(dotenv)]),
      environmentLayer(env),
      argumentsLayer(args, { unknown: unknownFlags }),
      codeLayer(values),
    ]);
  }

  /** The port to connect to: the configured one, or the usual one of application and mode. */
  get effectivePort(): number {
    return this.port ?? defaultPort(this.application, this.tradingMode);
  }

  /** Whether the mode is paper. */
  get paperTrading(): boolean {
    return this.tradingMode === 'paper';
  }

  /** Whether the application is IB Gateway. */
  get useGateway(): boolean {
    return this.application === 'gateway';
  }

  /** Where a value came from: `default`, `code`, a file, a variable or a flag. */
  sourceOf(key: ConfigKey): string {
    return this.#merged.given.get(key)?.source ?? 'default';
  }

  /** This configuration with values from code on top. */
  with(values: ConfigInput): Config {
    return layered([...this.#layers, codeLayer(values)]);
  }

  /** This configuration with what another one sets on top; what the other leaves at its default changes nothing. */
  merge(other: Config): Config {
    return layered([...this.#layers, ...other.#layers]);
  }

  /** One of the user's own sections, empty when there is none. */
  section(name: string): Readonly<Record<string, string>> {
    return (Object.hasOwn(this.sections, name) ? this.sections[name] : undefined) ?? {};
  }

  /**
   * One of the user's own sections, read by a parser such as a zod schema.
   * @throws ConfigurationError when the parser throws; its message is the cause.
   */
  parseSection<T>(name: string, parser: { parse(value: unknown): T }): T {
    try {
      return parser.parse(this.section(name));
    } catch (error) {
      throw new ConfigurationError({ problems: [{ path: `[${name}]`, rule: 'must fit the rules of its section' }], cause: error });
    }
  }

  /** Every value as plain data, account ids included. */
  toObject(): ConfigValues & { readonly sections: CustomSections } {
    return { ...this.#merged.values, sections: this.sections };
  }

  /** Every value for printing: account ids are hidden, and so are the user's own sections, which may hold anything. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { values } = this.#merged;
    const shown: Record<string, unknown> = Object.fromEntries(
      KEYS.filter(({ key }) => values[key] !== undefined).map(({ key, hidden }) => [key, hidden === true ? hiddenValue(values[key]) : values[key]]),
    );
    const sections = Object.entries(this.sections).map(([name, entries]) => [name, Object.fromEntries(Object.keys(entries).map((key) => [key, HIDDEN]))]);
    return { ...shown, sections: Object.fromEntries(sections) };
  }

  /** Printed by `console.log` and the like as {@link Config.toJSON}. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }

  /** The text of a file with everything that is not a default by omission: what layers set, and the user's own sections. */
  toText(format: FileFormat = 'ini'): string {
    const content = fileContent(this.#merged.given, this.sections);
    return format === 'json' ? jsonText(this.#merged.given, this.sections) : writeIni(content);
  }

  /**
   * Writes what {@link Config.toText} gives: at once, readable by the owner only.
   * An INI file that exists keeps its comments, blank lines and order.
   * @throws the error of the file system when the file cannot be written.
   */
  async toFile(path: string): Promise<void> {
    if (formatOf(path) === 'json') {
      await writeFileAtomically(path, this.toText('json'));
      return;
    }
    const existing = await readIfThere(path);
    await writeFileAtomically(path, existing === undefined ? this.toText('ini') : updateIni(existing, fileContent(this.#merged.given, this.sections)));
  }
}

function hiddenValue(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => HIDDEN) : HIDDEN;
}

const LAYERS = Symbol('layers');

interface Layered {
  readonly [LAYERS]: readonly Layer[];
}

function isLayered(values: object): values is Layered {
  return LAYERS in values;
}

function layered(layers: readonly Layer[]): Config {
  const input: ConfigInput & Layered = { [LAYERS]: layers };
  return new Config(input);
}

function codeLayer({ sections = {}, ...values }: ConfigInput): Layer {
  const builder = new LayerBuilder();
  for (const { key } of KEYS) {
    if (values[key] !== undefined) builder.set(key, values[key], CODE);
  }
  const known: ReadonlySet<string> = new Set(KEYS.map(({ key }) => key));
  for (const key of Object.keys(values)) {
    if (!known.has(key)) builder.problem({ path: key, rule: 'is not a known key', source: CODE });
  }
  for (const [name, content] of Object.entries(sections)) readCustomSection(name, content, CODE, builder);
  return builder.build();
}

function formatOf(path: string): FileFormat {
  return extname(path).toLowerCase() === '.json' ? 'json' : 'ini';
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readLayer(path: string, optional: boolean): Promise<Layer> {
  let text: string | undefined;
  try {
    text = await readIfThere(path);
  } catch (error) {
    throw new ConfigurationError({ problems: [{ path: 'file', value: path, rule: 'must be readable' }], cause: error });
  }
  if (text !== undefined) return withModeChecked(fileLayer(text, formatOf(path), path), path);
  if (optional) return new LayerBuilder().build();
  throw new ConfigurationError({ problems: [{ path: 'file', value: path, rule: 'must exist' }] });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
