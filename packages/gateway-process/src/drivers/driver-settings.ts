import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { Clock } from '@ibkit/clock';
import { ConfigurationError } from '@ibkit/error-codes';
import type { ConfigurationProblem } from '@ibkit/error-codes';
import { ibcDriver } from '../ibc/ibc-driver.js';
import type { IbcCredentials } from '../ibc/ibc-driver.js';
import { directDriver } from './direct-driver.js';
import type { GatewayDriver } from './driver.js';
import { externalDriver } from './external-driver.js';

/** How the process of a gateway is run, as a configuration says it: paths are absolute. */
export type DriverSettings =
  | { readonly driver: 'external' }
  | { readonly driver: 'direct'; readonly program: string; readonly args: readonly string[] }
  | { readonly driver: 'ibc'; readonly script: string; readonly version: string; readonly credentialsFile: string; readonly twsPath?: string | undefined; readonly ibcPath?: string | undefined };

/** What the settings do not say. */
export interface DriverSurroundings {
  readonly mode: 'paper' | 'live';
  /** The environment of the program, such as `process.env`; variables whose names say that they are secrets are left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const SECTION = 'gateway-process';
const KEYS = { external: [], direct: ['program', 'args'], ibc: ['script', 'version', 'credentials_file', 'tws_path', 'ibc_path'] } as const;

function problem(key: string, rule: string, value?: string): ConfigurationProblem {
  return { path: `${SECTION}.${key}`, rule, ...(value === undefined ? {} : { value }) };
}

function isDriver(text: string | undefined): text is keyof typeof KEYS {
  return text !== undefined && Object.hasOwn(KEYS, text);
}

/**
 * Reads the section `[gateway-process]` of a configuration: `driver` is `external`, `direct` (`program`, `args`) or `ibc` (`script`, `version`,
 * `credentials_file`, `tws_path`, `ibc_path`).
 * @throws ConfigurationError with every problem
 */
export function readDriverSettings(section: Readonly<Record<string, string>>): DriverSettings {
  const { driver } = section;
  if (!isDriver(driver)) throw new ConfigurationError({ problems: [problem('driver', 'must be external, direct or ibc', driver)] });
  const known: readonly string[] = ['driver', ...KEYS[driver]];
  const problems = Object.keys(section).filter((key) => !known.includes(key)).map((key) => problem(key, 'is not a known key'));
  const text = (key: string): string => {
    const value = section[key]?.trim() ?? '';
    if (value === '') problems.push(problem(key, 'must be given'));
    return value;
  };
  const file = (key: string): string => {
    const value = text(key);
    if (value !== '' && !path.isAbsolute(value)) problems.push(problem(key, 'must be an absolute path', value));
    return value;
  };
  const optionalFile = (key: string): string | undefined => (section[key] === undefined ? undefined : file(key));
  const settings = ((): DriverSettings => {
    switch (driver) {
      case 'external': return { driver };
      case 'direct': return { driver, program: file('program'), args: (section['args'] ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '') };
      case 'ibc': return { driver, script: file('script'), version: text('version'), credentialsFile: file('credentials_file'), twsPath: optionalFile('tws_path'), ibcPath: optionalFile('ibc_path') };
    }
  })();
  if (problems.length > 0) throw new ConfigurationError({ problems });
  return settings;
}

/** Reads `user` and `password` from a file that only this user can read. Neither is in an error. */
async function credentialsIn(file: string): Promise<IbcCredentials> {
  const bad = (rule: string): ConfigurationError => new ConfigurationError({ problems: [problem('credentials_file', rule)] });
  const { mode } = await stat(file).catch(() => { throw bad('must name a file that can be read'); });
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw bad('must be a file that only this user can read (chmod 600)');
  const lines = (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const mark = line.indexOf('=');
    return mark < 0 ? [] : [[line.slice(0, mark).trim(), line.slice(mark + 1).trim()] as const];
  });
  const { user, password } = Object.fromEntries(lines);
  if (user === undefined || user === '' || password === undefined || password === '') throw bad('must hold the lines user=... and password=...');
  return { user, password };
}

/**
 * The driver that settings describe. The file with the login is read before each start and kept nowhere; a start throws ConfigurationError when it
 * cannot be read, or others can.
 */
export function configuredDriver(settings: DriverSettings, { mode, env, clock }: DriverSurroundings): GatewayDriver {
  switch (settings.driver) {
    case 'external': return externalDriver();
    case 'direct': return directDriver({ gatewayPath: settings.program, args: settings.args, env });
    case 'ibc': {
      const { script, version, credentialsFile, twsPath, ibcPath } = settings;
      return ibcDriver({ script, version, mode, twsPath, ibcPath, env, clock, credentials: () => credentialsIn(credentialsFile) });
    }
  }
}
