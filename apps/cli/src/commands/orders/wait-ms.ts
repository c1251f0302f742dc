import type { CommandContext } from '../../config/globals.js';
import type { CommandInput } from '../../program/command-input.js';

/** The contract takes no longer wait for the word of the broker, milliseconds. */
const LONGEST_MS = 60_000;

/** How long the word of the broker is waited for. */
export function waitMsOf(context: CommandContext, input: CommandInput): number {
  return input.on('no-wait') ? 0 : Math.min(LONGEST_MS, Math.round(context.globals.timeoutMs));
}
