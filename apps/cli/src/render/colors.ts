import type { CommandContext } from '../config/globals.js';
import type { Io } from '../terminal/io.js';

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

/** A terminal that cannot move its cursor, nor show colours. */
export function isDumb({ env }: Pick<Io, 'env'>): boolean {
  return env['TERM'] === 'dumb';
}

/** Whether somebody wants colours also where there is no terminal, such as in the log of a build server. `FORCE_COLOR=0` wants none at all. */
function forced({ env }: Pick<Io, 'env'>): boolean | undefined {
  const text = env['FORCE_COLOR'] ?? '';
  return text === '' ? undefined : text !== '0' && text !== 'false';
}

/** The colours for standard output: on a terminal, or with `FORCE_COLOR`; never with `--no-color` or `NO_COLOR`. */
export function colorsFor({ io, globals }: Pick<CommandContext, 'io' | 'globals'>): Colors {
  return globals.color && (forced(io) ?? (io.out.isTerminal && !isDumb(io))) ? COLORED : PLAIN;
}
