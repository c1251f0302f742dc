import { parse } from 'dotenv';
import { KEYS, keyNamed, pathOf, snakeCase } from './keys.js';
import { LayerBuilder } from './layer.js';
import type { Layer } from './layer.js';

/** Variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'IBKIT_';

/** Names the file, and is no value itself. */
export const CONFIG_VARIABLE = 'IBKIT_CONFIG';

/** What programs read beside the configuration. */
const OF_PROGRAMS: ReadonlySet<string> = new Set([CONFIG_VARIABLE, 'IBKIT_STATE_DIR', 'IBKIT_TOKEN', 'IBKIT_DAEMON_URL', 'IBKIT_DAEMON_PROGRAM']);
const NOT_FROM_DOTENV = 'is not taken from .env: use the configuration file, the environment or a flag';

/** Reads variables: `IB_HOST`, `IB_PORT` and `IB_CLIENT_ID`, and `IBKIT_<NAME>` for every key, which wins. Empty is unset. */
export function environmentLayer(environment: Environment): Layer {
  const builder = new LayerBuilder();
  readVariables(environment, (variable) => `${variable} in the environment`, builder);
  return builder.build();
}

/**
 * Reads the text of a `.env` file. It never sets live mode, a live port, accounts, allow-lists or the program to start:
 * the file belongs to a directory, and the directory may not be the user's own.
 */
export function dotenvLayer(text: string): Layer {
  const builder = new LayerBuilder();
  readVariables(parse(text), (variable) => `${variable} in .env`, builder, true);
  return builder.build();
}

function readVariables(environment: Environment, sourceOf: (variable: string) => string, builder: LayerBuilder, isDotenv = false): void {
  const take = (variable: string, name: string): void => {
    const raw = environment[variable];
    const known = keyNamed(name);
    if (raw === undefined || raw.trim() === '' || known === undefined) return;
    const value = known.read(raw);
    if (isDotenv && refused(known.key, value)) {
      builder.warning({ path: pathOf(known.key), rule: NOT_FROM_DOTENV, source: sourceOf(variable) });
    } else builder.set(known.key, value, sourceOf(variable));
  };
  for (const { name, variables = [] } of KEYS) for (const variable of variables) take(variable, name);
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith(PREFIX)) continue;
    const name = variable.slice(PREFIX.length);
    if (OF_PROGRAMS.has(variable)) {
      if (isDotenv) builder.warning({ path: snakeCase(name), rule: NOT_FROM_DOTENV, source: sourceOf(variable) });
    } else if (keyNamed(name) === undefined) builder.warning({ path: snakeCase(name), rule: 'is not a known key and was ignored', source: sourceOf(variable) });
    else take(variable, name);
  }
}

function refused(key: string, value: unknown): boolean {
  return KEYS.some((spec) => spec.key === key && spec.refusedInDotenv?.(value) === true);
}
