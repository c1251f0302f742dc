import type { ProcessRecord } from '../process/process-record.js';
import type { LaunchPlan, ProcessExit, RunningGateway } from '../process/owned-process.js';

/** What a line of the gateway's log says about the login. */
export type GatewaySign = 'loginDialog' | 'secondFactor' | 'secondFactorTimeout' | 'loginFailed' | 'loggedIn';

/** A text that is a sign. */
export interface SignPattern {
  readonly pattern: RegExp;
  readonly sign: GatewaySign;
}

/** What a driver knows about where it works. */
export interface DriverContext {
  /** Of this gateway alone, 0700. */
  readonly directory: string;
  /** The API port. */
  readonly port: number;
}

/** The names of the commands of IBC that a gateway takes while it runs (IBC user guide, command server). */
export type GatewayCommand = 'STOP' | 'RESTART' | 'PAUSE' | 'ENABLEAPI' | 'RECONNECTDATA' | 'RECONNECTACCOUNT';

/** One way to run a gateway. */
export interface GatewayDriver {
  /** `direct`, `ibc`, `external`, or a name of your own. */
  readonly name: string;
  /** Prepares a start. Absent: this driver only looks. @throws GatewayError or UsageError for what cannot be started */
  readonly plan?: ((context: DriverContext) => Promise<LaunchPlan>) | undefined;
  /** Starts what is planned in another way than as a process of this machine: a container, a service. @defaultValue a process of this machine, which survives us */
  readonly launch?: ((plan: LaunchPlan, context: DriverContext) => Promise<RunningGateway>) | undefined;
  /** Finds what `launch` started and we lost sight of. @defaultValue by the record in the state directory */
  readonly find?: ((context: DriverContext) => Promise<RunningGateway | undefined>) | undefined;
  /** Sends a command to the gateway; resolves with its answer. Absent: it takes none. @throws GatewayError `IBKR_GATEWAY_COMMAND_FAILED` */
  readonly command?: ((command: GatewayCommand, record: ProcessRecord) => Promise<string>) | undefined;
  /** What a line of the log says. */
  readSign(line: string): GatewaySign | undefined;
  /** What the exit says, when it says more than that it ended. */
  exitReason(exit: ProcessExit): { readonly cause: string; readonly reason?: 'secondFactor' | 'loginDialog' | undefined } | undefined;
  /** Told when a process of an earlier program was taken over: learns again what must not be shown. Absent: nothing has to be. */
  readonly recall?: ((context: DriverContext) => Promise<void>) | undefined;
  /** A line without what must not be shown. */
  redact(line: string): string;
  /** Removes what a start left that the process no longer needs: credentials. */
  cleanUp(context: DriverContext): Promise<void>;
}

/** The first sign in a line. */
export function signIn(line: string, patterns: readonly SignPattern[]): GatewaySign | undefined {
  // Not `test`, which goes on behind the last match when a pattern has the flag g or y.
  return patterns.find(({ pattern }) => line.search(pattern) !== -1)?.sign;
}

const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|credential|api_?key|private_?key|auth/iu;

/** An environment without the variables whose names say that they are secrets: what a program is not given, no dump of it shows. */
export function withoutSecrets(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !SECRET_NAME.test(entry[0])));
}
