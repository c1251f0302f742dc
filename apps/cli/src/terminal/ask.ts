import type { CommandContext } from '../config/globals.js';

/** Whether there is a person who can be asked. */
export function canAsk({ io }: Pick<CommandContext, 'io'>): boolean {
  return io.in.isTerminal && io.err.isTerminal;
}

/** Asks a question that only the given word answers with yes. */
export async function confirmed({ io }: Pick<CommandContext, 'io'>, question: string, word: string): Promise<boolean> {
  io.err.write(`${question} Type ${word} to go on: `);
  const answer = await io.in.line(io.stop);
  if (answer === undefined) io.err.write('\n');
  return answer?.trim().toLowerCase() === word;
}
