import type { CommandSpec, OptionSpec } from './command-spec.js';
import { longName, takesValue } from './command-spec.js';
import { COMMAND_AREAS, allCommands } from './command-table.js';
import type { NamedCommand } from './command-table.js';
import { GLOBAL_OPTIONS } from './global-options.js';

function flagsOf(options: readonly OptionSpec[] = []): readonly string[] {
  return options.filter(({ hidden }) => hidden !== true).map((option) => `--${longName(option)}`);
}

function wordsOf({ commands, arguments: words }: CommandSpec): readonly string[] {
  return [...(commands ?? []).map(({ name }) => name), ...(words ?? []).flatMap(({ choices }) => choices ?? [])];
}

function topLevel(): readonly CommandSpec[] {
  return COMMAND_AREAS.flatMap(({ commands }) => commands);
}

function valueFlags(): readonly OptionSpec[] {
  const all = [...GLOBAL_OPTIONS, ...allCommands().flatMap(({ spec }) => spec.options ?? [])].filter((option) => takesValue(option));
  return [...new Map(all.map((option) => [longName(option), option])).values()];
}

/** The words behind which the completion of a command begins: `order buy`. */
function caseOf({ words, spec }: NamedCommand): string {
  return `    "${words.join(' ')}") words="${[...wordsOf(spec), ...flagsOf(spec.options)].join(' ')}" ;;\n`;
}

/** Shared by bash and zsh, which understands it through bashcompinit. */
function bash(): string {
  const values = valueFlags();
  const choices = values.filter(({ choices: some }) => some !== undefined).map((option) => `    --${longName(option)}) COMPREPLY=($(compgen -W "${(option.choices ?? []).join(' ')}" -- "$current")); return ;;\n`);
  const files = values.filter(({ flags }) => /<(file|files\.\.\.|path|directory)>/.test(flags)).map((option) => `--${longName(option)}`);
  const others = values.filter((option) => option.choices === undefined && !files.includes(`--${longName(option)}`)).map((option) => `--${longName(option)}`);
  const paths = allCommands().map(({ words }) => `"${words.join(' ')}"`);
  return `# Completion of ibkit for bash. Load it with: source <(ibkit completion bash)
_ibkit() {
  local current previous path words word
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$previous" in
${choices.join('')}    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${others.join('|')}) return ;;
  esac
  path=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
    "") words="${topLevel().map(({ name }) => name).join(' ')} help" ;;
${allCommands().map(caseOf).join('')}  esac
  if [[ "$current" == -* ]]; then words="$words ${flagsOf(GLOBAL_OPTIONS).join(' ')} --help"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ibkit ibkit
`;
}

function zsh(): string {
  return `#compdef ibkit
# Completion of ibkit for zsh. Put it as _ibkit into a directory of $fpath, or: source <(ibkit completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash().split('\n').slice(1).join('\n')}`;
}

/** Text within single quotes of fish: only these two need a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

function fishOption(option: OptionSpec, condition: string): string {
  if (option.hidden === true) return '';
  const value = takesValue(option) ? (option.choices === undefined ? ' -r' : ` -x -a ${quoted(option.choices.join(' '))}`) : '';
  return `complete -c ibkit${condition} -l ${longName(option)}${value} -d ${quoted(option.summary)}\n`;
}

function fishCommand({ words, spec }: NamedCommand): string {
  const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
  const below = (spec.commands ?? []).map(({ name, summary }) => `complete -c ibkit -n ${quoted(`${seen}; and not __fish_seen_subcommand_from ${(spec.commands ?? []).map((each) => each.name).join(' ')}`)} -f -a ${name} -d ${quoted(summary)}\n`);
  const choices = (spec.arguments ?? []).filter((argument) => argument.choices !== undefined).map((argument) => `complete -c ibkit -n ${quoted(seen)} -f -a ${quoted((argument.choices ?? []).join(' '))}\n`);
  return [...below, ...choices, ...(spec.options ?? []).map((option) => fishOption(option, ` -n ${quoted(seen)}`))].join('');
}

function fish(): string {
  const top = topLevel().map(({ name, summary }) => `complete -c ibkit -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}\n`);
  return `# Completion of ibkit for fish. Put it into ~/.config/fish/completions/ibkit.fish
${GLOBAL_OPTIONS.map((option) => fishOption(option, '')).join('')}${top.join('')}${allCommands().map(fishCommand).join('')}`;
}

const SCRIPTS = { bash, zsh, fish } as const;

/** The completion script of a shell, made from the command table. */
export function completionScript(shell: keyof typeof SCRIPTS): string {
  return SCRIPTS[shell]();
}
