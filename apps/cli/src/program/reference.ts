import type { CommandSpec, OptionSpec, OutputSpec } from './command-spec.js';
import { COMMAND_AREAS, allCommands } from './command-table.js';
import type { NamedCommand } from './command-table.js';
import { GLOBAL_OPTIONS } from './global-options.js';

/** Text of a table cell of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function optionRows(options: readonly OptionSpec[]): string {
  const rows = options.filter(({ hidden }) => hidden !== true).map(({ flags, summary, choices, required }) => `| \`${cell(flags)}\` | ${cell(summary)}${choices === undefined ? '' : `: ${choices.map((choice) => `\`${choice}\``).join(', ')}`}${required === true ? ' (needed)' : ''} |\n`);
  return rows.length === 0 ? '' : `\n| option | |\n|---|---|\n${rows.join('')}`;
}

function usage(words: readonly string[], spec: CommandSpec): string {
  const parts = (spec.arguments ?? []).map(({ name, optional, many }) => {
    const text = many === true ? `${name}...` : name;
    return optional === true ? `[${text}]` : `<${text}>`;
  });
  return ['ibkit', ...words, ...parts, ...((spec.options ?? []).length > 0 ? ['[options]'] : [])].join(' ');
}

function outputLink({ schema, lines }: OutputSpec): string {
  return `${lines === true ? 'lines of ' : ''}[\`${schema}\`](schemas/${schema}.json)`;
}

function command({ words, spec }: NamedCommand): string {
  const { summary, details, output, examples, options, commands } = spec;
  if (commands !== undefined) return `### ibkit ${words.join(' ')}\n\n${summary} ${commands.map(({ name }) => `\`${name}\``).join(', ')}.\n`;
  const args = (spec.arguments ?? []).map(({ name, summary: text, choices }) => `- \`${name}\`: ${text}${choices === undefined ? '' : ` (${choices.join(', ')})`}\n`).join('');
  const json = output === undefined ? '' : `\nWith \`--json\`: ${[outputLink(output), ...(output.when ?? []).map((other) => `with \`${other.flag}\` ${outputLink(other)}`)].join('; ')}.\n`;
  return `### ibkit ${words.join(' ')}\n\n\`${usage(words, spec)}\`\n\n${summary}${details === undefined ? '' : `\n\n${details}`}\n${args === '' ? '' : `\n${args}`}${optionRows(options ?? [])}${json}\n\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`;
}

const HEAD = `# The command line

Made from the command table of \`@ibkit/cli\`; a test holds it equal. \`ibkit help COMMAND\` shows the same.

Every command works over a connection of its own, or through the daemon when one serves the gateway that is meant (\`--via auto\`, the default), with the same output.
With \`--json\` it prints one document, or one object per line for streams, that fits a published schema (\`ibkit schema NAME\`); a failure is [\`error\`](schemas/error.json). Everything else goes to stderr.
What they show on a terminal: [watch](cli-screens/watch.txt), [chain](cli-screens/chain.txt), [depth](cli-screens/depth.txt), [positions](cli-screens/positions-watch.txt), [pnl](cli-screens/pnl-watch.txt), [doctor](cli-screens/doctor.txt), [history](cli-screens/history-progress.txt), [a preview](cli-screens/order-preview.txt), [a live order](cli-screens/order-live.txt).

| exit code | meaning |
|---|---|
| 0 | ok; a stream that was stopped |
| 1 | error, such as an unknown symbol; stopped before there was an answer |
| 2 | usage: command line, configuration |
| 3 | cannot connect, or not ready within \`--timeout\` |
| 4 | not authorised: the account is of another kind or not listed, the token is not accepted |
| 5 | rejected by the broker |
| 6 | refused by a local gate; nothing was sent |
| 8 | outcome pending or unknown; \`--no-wait\` |

Ctrl-C ends a stream with 0 and everything else at once; it never cancels an order. The second Ctrl-C ends the program with 130.

## Options of every command
${optionRows(GLOBAL_OPTIONS)}
A daemon is found by \`daemon.json\` in the state directory, and gets its token only when \`owner.lock\` beside it proves that the process that wrote it lives; otherwise \`--daemon-url\` names it. See [daemon.md](daemon.md#how-it-is-found).

Variables: \`IBKIT_STATE_DIR\` (journal, leases, the daemon's state), \`IBKIT_TOKEN\` and \`IBKIT_DAEMON_URL\` (the daemon), \`IBKIT_DAEMON_PROGRAM\` (what \`daemon start\` runs), \`NO_COLOR\` and \`FORCE_COLOR\` (colours never, or also in a pipe; \`TERM=dumb\` has none and draws nothing in place), and those of \`@ibkit/config\`.
The flag forms \`--check\`, \`--positions\`, \`--account\`, \`--subscribe SYM\`, \`--start --gateway-path P\`, \`--trading-mode paper\` work, too.
`;

/** The reference of all commands in Markdown. */
export function reference(): string {
  const areas = COMMAND_AREAS.map((area) => `\n## ${area.title}\n\n${allCommands([area]).map(command).join('\n')}`);
  return `${HEAD}${areas.join('')}`;
}
