import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { signIn, withoutSecrets } from '../drivers/driver.js';
import type { DriverContext, GatewayDriver, SignPattern } from '../drivers/driver.js';
import { GatewayError } from '../gateway-error.js';
import type { LaunchPlan, ProcessExit } from '../process/owned-process.js';
import { removePrivate, writePrivate } from '../process/process-record.js';
import { sendCommand } from './command-port.js';
import { ibcConfigText, ibcSettingIn, twelveHours } from './ibc-config.js';
import type { IbcSetting } from './ibc-config.js';

/** What IBC logs in with. */
export interface IbcCredentials {
  readonly user: string;
  readonly password: string;
}

/** Options of {@link ibcDriver}. */
export interface IbcDriverOptions {
  /** IBC's start script, an absolute path: `/opt/ibc/scripts/ibcstart.sh`. */
  readonly script: string;
  /** The major version of TWS or IB Gateway: `1037`. */
  readonly version: string;
  /** @defaultValue 'gateway' */
  readonly program?: 'gateway' | 'tws' | undefined;
  readonly mode: 'paper' | 'live';
  /** Asked before each start and kept nowhere; they reach IBC in a file that only this user can read. */
  readonly credentials: () => IbcCredentials | Promise<IbcCredentials>;
  /** Where TWS or IB Gateway is installed. */
  readonly twsPath?: string | undefined;
  /** Where IBC is installed. @defaultValue two folders above the script */
  readonly ibcPath?: string | undefined;
  readonly twsSettingsPath?: string | undefined;
  readonly javaPath?: string | undefined;
  /** Whether orders are refused by the gateway itself. @defaultValue true for live, false for paper */
  readonly readOnlyApi?: boolean | undefined;
  /** When it restarts itself each day, `HH:MM` by its own clock. @defaultValue as its settings say */
  readonly autoRestartTime?: string | undefined;
  /** When it logs in anew on Sundays, `HH:MM` by its own clock, at a time at which somebody is there. @defaultValue as its settings say */
  readonly coldRestartTime?: string | undefined;
  /** Further settings of IBC, which win over ours; not those that make the gateway less safe. */
  readonly settings?: Readonly<Record<string, IbcSetting>> | undefined;
  /** The environment of the program, such as `process.env`; variables whose names say that they are secrets are left out. @defaultValue empty */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What lines of its log mean, before those that are known. */
  readonly signs?: readonly SignPattern[] | undefined;
  /** How long a command may take, milliseconds. @defaultValue 10000 */
  readonly commandTimeoutMs?: number | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** What the log of IBC 3 says about a login. Lines that are not understood do no harm: the API alone says that a gateway is ready. */
const SIGNS: readonly SignPattern[] = [
  { pattern: /second factor authentication.*(timed? ?out|timeout)|2fa timeout/iu, sign: 'secondFactorTimeout' },
  { pattern: /second factor authentication|two[- ]factor/iu, sign: 'secondFactor' },
  { pattern: /login failed|unrecognized username or password|invalid username or password|incorrect (user|pass)|too many failed login/iu, sign: 'loginFailed' },
  { pattern: /login has completed|loginstate is logged_?in\b/iu, sign: 'loggedIn' },
  { pattern: /login dialog|login attempt|loginstate is logged_?out/iu, sign: 'loginDialog' },
];

/** Settings that decide who may speak to the gateway, or where secrets go. */
const OURS: readonly string[] = ['IbLoginId', 'IbPassword', 'CommandServerPort', 'BindAddress', 'ControlFrom', 'TradingMode'];

/** IBC's own exit numbers (they collide with codes of the broker), which a system cuts to eight bits. */
const EXITS: Readonly<Record<number, { readonly cause: string; readonly reason?: 'secondFactor' | 'loginDialog' }>> = {
  1100: { cause: 'IBC met an error of its own (1100)' },
  1105: { cause: 'IBC was given a setting that it does not understand (1105)' },
  1111: { cause: 'nobody confirmed the second factor (IBC 1111)', reason: 'secondFactor' },
  1112: { cause: 'the login dialog did not come (IBC 1112)', reason: 'loginDialog' },
};

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** The longer first: a user name inside a password must not save the rest of it. */
function inOrder(secrets: readonly string[]): readonly string[] {
  return [...secrets].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
}

function configFile({ directory }: DriverContext): string {
  return path.join(directory, 'ibc-config.ini');
}

/**
 * Starts the gateway through IBC, which fills in the login and takes commands at a port of this machine. The second factor stays with a person.
 * @throws {@link UsageError} for settings that are not the caller's to make
 */
export function ibcDriver(options: IbcDriverOptions): GatewayDriver {
  const { script, version, program = 'gateway', mode, settings = {}, env = {}, signs = [], commandTimeoutMs = 10_000, clock = systemClock() } = options;
  const taken = Object.keys(settings).find((key) => OURS.some((ours) => ours.toLowerCase() === key.toLowerCase()));
  if (taken !== undefined) throw new UsageError({ field: `settings.${taken}`, rule: 'is set by this package' });
  if (!/^\d{3,5}[a-z]?$/u.test(version)) throw new UsageError({ field: 'version', value: version, rule: 'must be the major version of TWS or IB Gateway, such as 1037' });
  const patterns = [...signs, ...SIGNS];
  let secrets: readonly string[] = [];

  const plan = async (context: DriverContext): Promise<LaunchPlan> => {
    const { user, password } = await options.credentials();
    if (user === '' || password === '') throw new UsageError({ field: 'credentials', rule: 'must have a user and a password' });
    secrets = inOrder([user, password]);
    const commandPort = await freePort();
    const text = ibcConfigText({
      IbLoginId: user,
      IbPassword: password,
      TradingMode: mode,
      ReadOnlyApi: options.readOnlyApi ?? mode === 'live',
      OverrideTwsApiPort: context.port,
      AcceptIncomingConnectionAction: 'reject',
      AllowBlindTrading: false,
      // Whether it is tried again is decided here, where tries are counted.
      ReloginAfterSecondFactorAuthenticationTimeout: false,
      ExistingSessionDetectedAction: 'primary',
      AutoRestartTime: options.autoRestartTime === undefined ? undefined : twelveHours(options.autoRestartTime),
      ColdRestartTime: options.coldRestartTime,
      ...settings,
      CommandServerPort: commandPort,
      BindAddress: '127.0.0.1',
      ControlFrom: '127.0.0.1',
    });
    await writePrivate(configFile(context), text);
    const argv = [
      version,
      ...(program === 'gateway' ? ['--gateway'] : []),
      `--ibc-path=${options.ibcPath ?? path.dirname(path.dirname(script))}`,
      `--ibc-ini=${configFile(context)}`,
      `--mode=${mode}`,
      '--on2fatimeout=exit',
      ...(options.twsPath === undefined ? [] : [`--tws-path=${options.twsPath}`]),
      ...(options.twsSettingsPath === undefined ? [] : [`--tws-settings-path=${options.twsSettingsPath}`]),
      ...(options.javaPath === undefined ? [] : [`--java-path=${options.javaPath}`]),
    ];
    return { file: script, argv, env: withoutSecrets(env), facts: { commandPort } };
  };

  return {
    name: 'ibc',
    plan,
    command: async (command, { facts }) => {
      const { commandPort } = facts;
      if (typeof commandPort !== 'number') throw new GatewayError({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: `IBC did not carry out ${command}: its command port is not known` });
      return sendCommand(command, { port: commandPort, timeoutMs: commandTimeoutMs, clock });
    },
    readSign: (line) => signIn(line, patterns),
    exitReason: ({ code }: ProcessExit) => Object.entries(EXITS).find(([number]) => code === Number(number) || code === Number(number) % 256)?.[1],
    recall: async (context) => {
      const text = await readFile(configFile(context), 'utf8').catch(() => '');
      const known = ['IbLoginId', 'IbPassword'].map((key) => ibcSettingIn(text, key)).filter((secret) => secret !== undefined);
      if (known.length > 0) secrets = inOrder(known);
    },
    redact: (line) => secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line),
    cleanUp: async (context) => {
      await removePrivate(configFile(context));
    },
  };
}
