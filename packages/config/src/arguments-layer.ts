import { keyNamed, snakeCase } from './keys.js';
import { LayerBuilder } from './layer.js';
import type { Layer } from './layer.js';

/** What to do with flags that are not configuration. */
export interface ArgumentOptions {
  /** `ignore` leaves them to the program, `problem` reports them. @defaultValue 'problem' */
  readonly unknown?: 'ignore' | 'problem' | undefined;
}

/** Flags: what follows the program's name, or a record such as command line parsers make. */
export type Arguments = readonly string[] | Readonly<Record<string, unknown>>;

/** Flags that take no value. */
const SWITCHES: ReadonlySet<string> = new Set(['paper', 'live', 'gateway', 'tws', 'debug', 'auto_reconnect', 'log_accounts', 'log_orders', 'log_all_messages', 'paper_trading', 'use_gateway']);

/** Switches of which only one makes sense. */
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['paper', 'live'],
  ['gateway', 'tws'],
];

/** Names the file, and is no value itself. */
const CONFIG_FILE = 'config';

interface ParsedFlag {
  readonly name: string;
  readonly value: unknown;
}

/** Reads flags into a layer; later ones win. */
export function argumentsLayer(args: Arguments, options: ArgumentOptions = {}): Layer {
  const builder = new LayerBuilder();
  const flags = flagsOf(args);
  for (const [one, other] of OPPOSITES) {
    if (isOn(flags, one) && isOn(flags, other)) builder.problem({ path: `--${one}`, rule: `cannot be given together with --${other}` });
  }
  for (const flag of flags) readFlagInto(flag, options.unknown ?? 'problem', builder);
  return builder.build();
}

/** The file that `--config` names. */
export function configFileArgument(args: Arguments): string | undefined {
  const found = flagsOf(args).findLast(({ name }) => name === CONFIG_FILE)?.value;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function readFlagInto({ name, value }: ParsedFlag, unknown: 'ignore' | 'problem', builder: LayerBuilder): void {
  const source = `--${name.replaceAll('_', '-')}`;
  if (name === CONFIG_FILE || value === undefined) return;
  if (name === 'debug') {
    if (value === true) builder.set('logLevel', 'debug', source);
    return;
  }
  const known = keyNamed(name);
  if (known !== undefined) {
    // A switch that a parser reports as false was not given: --live off is not --paper.
    if (isModeSwitch(name) && value === false) return;
    builder.set(known.key, known.read(value), source);
  } else if (unknown === 'problem') builder.problem({ path: source, rule: 'is not a known flag' });
}

function isOn(flags: readonly ParsedFlag[], name: string): boolean {
  return flags.some((flag) => flag.name === name && flag.value === true);
}

function isModeSwitch(name: string): boolean {
  return name === 'paper' || name === 'live' || name === 'gateway' || name === 'tws';
}

function isList(args: Arguments): args is readonly string[] {
  return Array.isArray(args);
}

function flagsOf(args: Arguments): readonly ParsedFlag[] {
  if (!isList(args)) return Object.entries(args).map(([name, value]) => ({ name: snakeCase(name), value }));
  const flags: ParsedFlag[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '--') break;
    if (!word.startsWith('--')) continue;
    const equals = word.indexOf('=');
    const name = snakeCase(equals === -1 ? word.slice(2) : word.slice(2, equals));
    if (equals !== -1) flags.push({ name, value: word.slice(equals + 1) });
    else if (SWITCHES.has(name)) flags.push({ name, value: true });
    else if (name.startsWith('no_') && SWITCHES.has(name.slice(3))) flags.push({ name: name.slice(3), value: false });
    else {
      const next = args[index + 1];
      const takesNext = next !== undefined && !next.startsWith('--') && takesValue(name);
      flags.push({ name, value: takesNext ? next : '' });
      if (takesNext) index += 1;
    }
  }
  return flags;
}

function takesValue(name: string): boolean {
  return name === CONFIG_FILE || keyNamed(name) !== undefined;
}
