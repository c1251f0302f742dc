import { Argument, Command, Option } from 'commander';
import type { CommandArea, CommandSpec, OptionSpec } from './command-spec.js';
import { longName } from './command-spec.js';
import type { GivenValue } from './command-input.js';
import { GLOBAL_OPTIONS } from './global-options.js';

/** What was typed, by the names of the table. */
export interface Call {
  readonly spec: CommandSpec;
  readonly arguments: ReadonlyMap<string, GivenValue>;
  readonly options: ReadonlyMap<string, GivenValue>;
  readonly globals: ReadonlyMap<string, GivenValue>;
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.required === true) option.makeOptionMandatory();
  if (spec.hidden === true) option.hideHelp();
  if (spec.conflicts !== undefined) option.conflicts(spec.conflicts);
  return option;
}

function valueOf(value: unknown): GivenValue | undefined {
  if (typeof value === 'string') return value;
  if (value === true) return true;
  return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** commander keeps `--no-wait` as `wait: false`. */
function given(specs: readonly OptionSpec[], values: Readonly<Record<string, unknown>>): Map<string, GivenValue> {
  const found = new Map<string, GivenValue>();
  for (const spec of specs) {
    const name = longName(spec);
    const value = name.startsWith('no-') ? (values[camelCase(name.slice(3))] === false ? true : undefined) : valueOf(values[camelCase(name)]);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

function argumentText({ name, optional, many }: { readonly name: string; readonly optional?: true; readonly many?: true }): string {
  const text = many === true ? `${name}...` : name;
  return optional === true ? `[${text}]` : `<${text}>`;
}

/** The text of help behind a command's options. */
export function examplesText(examples: readonly string[]): string {
  return examples.length === 0 ? '' : `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`;
}

function build(spec: CommandSpec, run: (call: Call) => Promise<void>): Command {
  const command = new Command(spec.name).summary(spec.summary).description(spec.details === undefined ? spec.summary : `${spec.summary}\n\n${spec.details}`);
  for (const argument of spec.arguments ?? []) {
    const built = new Argument(argumentText(argument), argument.summary);
    if (argument.choices !== undefined) built.choices(argument.choices);
    command.addArgument(built);
  }
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  command.addHelpText('after', examplesText(spec.examples));
  for (const below of spec.commands ?? []) command.addCommand(build(below, run));
  if (spec.load !== undefined) {
    command.action(async () => {
      const words = new Map<string, GivenValue>();
      for (const [index, { name }] of (spec.arguments ?? []).entries()) {
        const value = valueOf(command.processedArgs[index]);
        if (value !== undefined) words.set(name, value);
      }
      await run({ spec, arguments: words, options: given(spec.options ?? [], command.opts()), globals: given(GLOBAL_OPTIONS, command.optsWithGlobals()) });
    });
  }
  return command;
}

/** commander's program over the table; `run` is called with what was typed. */
export function buildProgram(areas: readonly CommandArea[], run: (call: Call) => Promise<void>): Command {
  const program = new Command('ibkit');
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  for (const { title, commands } of areas) {
    for (const spec of commands) program.addCommand(build(spec, run).helpGroup(`${title}:`));
  }
  return program;
}

/** Subcommands take the program's error handling, also the nested ones. */
export function inheritSettings(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inheritSettings(child);
  }
}
