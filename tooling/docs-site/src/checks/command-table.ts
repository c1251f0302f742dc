import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../repository.js';

/** A command of `ibkit`, as docs/cli.md lists it; a test of the command line holds that page equal to its table. */
export interface KnownCommand {
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  /** Flags of which no value follows. */
  readonly switches: ReadonlySet<string>;
  /** Only names the commands below it. */
  readonly isGroup: boolean;
}

/** Flags that every command takes, and those that are hidden or kept for old scripts. */
export interface CommandTable {
  readonly commands: ReadonlyMap<string, KnownCommand>;
  readonly globals: KnownCommand;
  readonly daemon: KnownCommand;
}

const BUILT_IN = ['--help', '--version', '--trading-mode'];
/** Said in docs/cli.md to work, too. */
const OLD_FORMS = ['--check', '--positions', '--account', '--subscribe', '--start', '--gateway-path'];

function flagsIn(section: string): { readonly flags: Set<string>; readonly switches: Set<string> } {
  const flags = new Set<string>();
  const switches = new Set<string>();
  for (const [, flag = '', value] of section.matchAll(/^\| `(--[a-z][a-z0-9-]*)((?: <[^`]*)?)`/gm)) {
    flags.add(flag);
    if (value === '') switches.add(flag);
  }
  return { flags, switches };
}

/** What the daemon's command line takes, from its source. */
export function daemonFlags(): { readonly flags: Set<string>; readonly switches: Set<string> } {
  const source = readFileSync(path.join(ROOT, 'apps', 'daemon', 'src', 'settings', 'command-line.ts'), 'utf8');
  const flags = new Set<string>();
  const switches = new Set<string>();
  for (const [, flag = '', value] of source.matchAll(/(?:\.option\(|new Option\()'(--[a-z][a-z0-9-]*)((?: <[^']*)?)'/g)) {
    flags.add(flag);
    if (value === '') switches.add(flag);
  }
  return { flags, switches };
}

/** The command tables of both programs. */
export function commandTable(): CommandTable {
  const [head = '', ...sections] = readFileSync(path.join(ROOT, 'docs', 'cli.md'), 'utf8').split(/^### ibkit /m);
  const commands = new Map<string, KnownCommand>();
  for (const section of sections) {
    const name = section.slice(0, section.indexOf('\n')).trim();
    const isGroup = !section.includes(`\`ibkit ${name}`);
    commands.set(name, { words: name.split(' '), isGroup, ...flagsIn(section) });
  }
  const globals = flagsIn(head);
  for (const flag of BUILT_IN) globals.flags.add(flag);
  const daemon = daemonFlags();
  for (const flag of ['--help', '--version']) daemon.flags.add(flag);
  return {
    commands,
    globals: { words: [], isGroup: true, flags: new Set([...globals.flags, ...OLD_FORMS]), switches: globals.switches },
    daemon: { words: [], isGroup: false, ...daemon },
  };
}

function unknownFlags(words: readonly string[], flags: ReadonlySet<string>): readonly string[] {
  return words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/=.*$/, '')).filter((flag) => !flags.has(flag) && flag !== '-h');
}

/** What is wrong with a call of `ibkit`, in words; nothing when it parses. Values are not looked at. */
export function faultOf(table: CommandTable, words: readonly string[]): string | undefined {
  const given = [...words];
  // Options of the program may stand before the command.
  while (given[0]?.startsWith('-') === true) {
    const [flag = ''] = given.splice(0, 1);
    if (!table.globals.flags.has(flag.replace(/=.*$/, ''))) return `${flag} is no option of ibkit`;
    if (!table.globals.switches.has(flag) && !flag.includes('=') && table.commands.get(given.at(0) ?? '') === undefined) given.shift();
  }
  if (given[0] === undefined || given[0] === 'help' || /^[A-Z<[…]/.test(given[0])) return undefined;
  const name = [3, 2, 1].map((count) => given.slice(0, count).join(' ')).find((candidate) => table.commands.has(candidate));
  const command = name === undefined ? undefined : table.commands.get(name);
  if (command === undefined) return `there is no command ${given[0]}`;
  const rest = given.slice(command.words.length);
  if (command.isGroup && rest[0] !== undefined && !rest[0].startsWith('-')) return `there is no command ${command.words.join(' ')} ${rest[0]}`;
  const unknown = unknownFlags(rest, new Set([...command.flags, ...table.globals.flags]));
  return unknown.length === 0 ? undefined : `${unknown.join(', ')}: no option of ibkit ${command.words.join(' ')}`;
}

/** What is wrong with a call of `ibkitd`. */
export function daemonFaultOf(table: CommandTable, words: readonly string[]): string | undefined {
  const unknown = unknownFlags(words, table.daemon.flags);
  return unknown.length === 0 ? undefined : `${unknown.join(', ')}: no option of ibkitd`;
}
