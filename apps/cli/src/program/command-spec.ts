import type { CommandContext } from '../config/globals.js';
import type { ExitCode } from '../output/exit-codes.js';
import type { CommandInput } from './command-input.js';

/** What a command does: it reads its flags, asks operations, and renders their answers. */
export type RunCommand = (context: CommandContext, input: CommandInput) => Promise<ExitCode>;

/** A word of the command line that stands for itself. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: true;
  /** Takes all the words that are left. */
  readonly many?: true;
  readonly choices?: readonly string[];
}

/** A flag. */
export interface OptionSpec {
  /** As commander writes it: `--limit <price>`, `--submit`, `--no-wait`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly required?: true;
  readonly hidden?: true;
  /** The long name of a flag that it cannot stand beside. */
  readonly conflicts?: string;
}

/** The name of a published schema; with `lines`, one such object per line. */
export interface OutputSpec {
  readonly schema: string;
  readonly lines?: true;
}

/** One command, as data: the program, its help, its completion and its documentation are made from it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** What `--json` prints, and what it prints instead beside some of the flags. */
  readonly output?: OutputSpec & { readonly when?: readonly (OutputSpec & { readonly flag: string })[] };
  /** `--port` is a port to listen on, where 0 picks one. */
  readonly listens?: true;
  /** About the daemon itself: its state directory is meant, also where `--simulate` says what it is to run on. */
  readonly ofDaemon?: true;
  /** Makes or changes the file of the configuration, which may not be there yet. */
  readonly writesConfig?: true;
  /** Loaded only when the command is called: `ibkit --help` must not pay for the broker library. Absent of one that only has commands below it. */
  readonly load?: () => Promise<RunCommand>;
  readonly commands?: readonly CommandSpec[];
}

/** Commands that belong together. */
export interface CommandArea {
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

/** The long name of an option without its dashes: `limit` of `--limit <price>`, `no-wait` of `--no-wait`. */
export function longName({ flags }: Pick<OptionSpec, 'flags'>): string {
  return /--([a-z][a-z0-9-]*)/.exec(flags)?.[1] ?? flags;
}

/** Whether an option is followed by a value. */
export function takesValue({ flags }: Pick<OptionSpec, 'flags'>): boolean {
  return flags.includes('<') || flags.includes('[');
}
