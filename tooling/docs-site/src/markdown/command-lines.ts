/** A command line that a page quotes. */
export interface QuotedCommand {
  readonly program: 'ibkit' | 'ibkitd';
  /** As written, from the program's name on. */
  readonly text: string;
  readonly words: readonly string[];
}

/** The words of a line as a shell takes them apart, up to a pipe, a redirection, a comment or the end of the command. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, double, single, bare] of text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    if (bare !== undefined && /^(?:[|&;#>]|\d?>)/.test(bare)) break;
    const ends = bare?.endsWith(';') === true;
    words.push((double ?? single ?? bare ?? '').replace(/[;,.:)]$/, ''));
    if (ends) break;
  }
  return words;
}

/** How a command begins: at the start of a line or of a code span, after a prompt, variables or `npx`. */
const START = /^(?:\$ |> )?(?:[A-Z_]+=\S+ )*(?:npx (?:-y )?|sudo |exec )*(ibkitd?)(?=\s|$)/;

function commandIn(line: string): QuotedCommand | undefined {
  const trimmed = line.trim();
  const found = START.exec(trimmed);
  const program = found?.[1];
  if (found === null || (program !== 'ibkit' && program !== 'ibkitd')) return undefined;
  const text = trimmed.slice(found[0].length - program.length);
  return { program, text, words: wordsOf(text).slice(1) };
}

/** Every call of `ibkit` and `ibkitd` in a page: in blocks of code that are commands, and in code spans. */
export function quotedCommands(markdown: string): readonly QuotedCommand[] {
  const commands: QuotedCommand[] = [];
  const rest = markdown.replaceAll(/^(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)^\1\s*$/gm, (_, __, language: string, body: string) => {
    if (['', 'sh', 'bash', 'console', 'shell'].includes(language.trim())) {
      for (const line of body.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
        const command = commandIn(line);
        if (command !== undefined) commands.push(command);
      }
    }
    return '';
  });
  for (const [, span = ''] of rest.matchAll(/`([^`\n]+)`/g)) {
    const command = commandIn(span);
    if (command !== undefined) commands.push(command);
  }
  return commands;
}
