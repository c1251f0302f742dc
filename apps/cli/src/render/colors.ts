import type { CommandContext } from '../config/globals.js';

/** Colours of a terminal. Each is a text to a text, and nothing changes where colours are not wanted. */
export interface Colors {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** ECMA-48, select graphic rendition: a code switches on, another off. */
function paint(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

const PLAIN: Colors = { good: String, bad: String, warning: String, dim: String, strong: String };
const COLORED: Colors = { good: paint(32, 39), bad: paint(31, 39), warning: paint(33, 39), dim: paint(2, 22), strong: paint(1, 22) };

/** The colours for standard output: only on a terminal, and not with `--no-color` or `NO_COLOR`. */
export function colorsFor({ io, globals }: Pick<CommandContext, 'io' | 'globals'>): Colors {
  return io.out.isTerminal && globals.color && io.env['TERM'] !== 'dumb' ? COLORED : PLAIN;
}
