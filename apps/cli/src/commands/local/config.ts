import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Config, DEFAULT_CONFIG } from '@ibkit/config';
import type { ConfigKey } from '@ibkit/config';
import { ConfigurationError, UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { plain } from '../../render/text.js';
import { CONFIG_TEMPLATE } from './config-template.js';

function isKey(name: string): name is ConfigKey {
  return name in DEFAULT_CONFIG || name === 'port' || name === 'accountId' || name === 'logFile' || name === 'gatewayPath' || name === 'logFileRotateAfterMs' || name === 'logFileKeepForMs';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `ibkit config show`: every value and where it came from. Accounts are not shown. */
export function configShow({ globals, io }: CommandContext): Promise<ExitCode> {
  const { config, configFile } = globals;
  const values = Object.entries(config.toJSON()).filter(([name]) => isKey(name)).map(([name, value]) => ({ name, value, source: isKey(name) ? config.sourceOf(name) : '' }));
  if (globals.json) printDocument({ io }, { file: configFile, values, effectivePort: config.effectivePort });
  else io.out.write(`${plain(configFile)}\n${table([{ title: 'NAME' }, { title: 'VALUE' }, { title: 'FROM' }], values.map(({ name, value, source }) => [name, plain(text(value)), plain(source)]))}`);
  return Promise.resolve(EXIT.ok);
}

function told({ globals, io }: CommandContext, done: string): ExitCode {
  if (globals.json) printDocument({ io }, { file: globals.configFile });
  else io.out.write(`${done}${plain(globals.configFile)}\n`);
  return EXIT.ok;
}

/** `ibkit config path`. */
export function configPath(context: CommandContext): Promise<ExitCode> {
  return Promise.resolve(told(context, ''));
}

/** `ibkit config init`: a file in which every value is explained, readable by its owner only. */
export async function configInit(context: CommandContext): Promise<ExitCode> {
  const { configFile } = context.globals;
  if (path.extname(configFile) === '.json') throw new UsageError({ field: '--config', value: configFile, rule: 'must not end in .json: JSON has no comments' });
  await mkdir(path.dirname(configFile), { recursive: true, mode: 0o700 });
  try {
    await writeFile(configFile, CONFIG_TEMPLATE, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new ConfigurationError({ problems: [{ path: configFile, rule: 'is there already, and is never overwritten; ibkit config set changes a value' }] });
  }
  return told(context, 'Wrote ');
}

async function fileOr(file: string): Promise<Config> {
  return await Config.load({ file, fileOptional: true });
}

/** `ibkit config set NAME VALUE`: one value of the file. */
export async function configSet(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { configFile } = context.globals;
  const name = input.argument('name').replaceAll('-', '_');
  const change = Config.fromArgs({ [name]: input.argument('value') }, { unknown: 'problem' });
  await mkdir(path.dirname(configFile), { recursive: true, mode: 0o700 });
  await (await fileOr(configFile)).merge(change).toFile(configFile);
  return told(context, `Set ${name} in `);
}
