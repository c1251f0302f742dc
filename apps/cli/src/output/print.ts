import type { CommandContext } from '../config/globals.js';
import { plain } from '../render/text.js';

/** One JSON document on stdout. */
export function printDocument({ io }: Pick<CommandContext, 'io'>, document: unknown): void {
  io.out.write(`${JSON.stringify(document)}\n`);
}

/** A remark for a person: on stderr, and not at all with `--json`. */
export function remark({ io, globals }: Pick<CommandContext, 'io' | 'globals'>, text: string): void {
  if (!globals.json) io.err.write(`${text.split('\n').map(plain).join('\n')}\n`);
}

/** A warning: on stderr, also with `--json`, since it is about what is on stdout. */
export function warn({ io }: Pick<CommandContext, 'io'>, text: string): void {
  io.err.write(`ibkit: note: ${plain(text)}\n`);
}
