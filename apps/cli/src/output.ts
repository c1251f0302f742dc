import type { CommandContext } from './globals.js';

/** One JSON document on stdout. */
export function printDocument({ io }: CommandContext, document: unknown): void {
  io.out.write(`${JSON.stringify(document)}\n`);
}

/** A remark for a person: on stderr, and not at all with `--json`. */
export function remark({ io, globals }: CommandContext, text: string): void {
  if (!globals.json) io.err.write(`${text}\n`);
}
