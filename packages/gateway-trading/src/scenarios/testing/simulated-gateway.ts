import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { GatewayError } from '@ibkit/gateway-process';
import type { DriverContext, GatewayCommand, GatewayDriver, ProcessExit, RunningGateway } from '@ibkit/gateway-process';
import type { Simulator } from '@ibkit/simulator';

/** A simulator in the part of IB Gateway under IBC: it is launched, restarts, hangs, and waits for a person. */
export class SimulatedGateway {
  readonly commands: GatewayCommand[] = [];
  launches = 0;
  readonly #simulator: Simulator;
  #hangs = false;
  #logFile = '';
  #end: (exit: ProcessExit) => void = () => undefined;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    simulator.control.stopListening();
  }

  get driver(): GatewayDriver {
    return {
      name: 'simulated',
      plan: () => Promise.resolve({ file: '/simulated', argv: [], env: {} }),
      launch: (_plan, context) => this.#launch(context),
      find: () => Promise.resolve(undefined),
      command: (command) => this.#obey(command),
      readSign: (line) => (line.includes('Second Factor') ? 'secondFactor' : undefined),
      exitReason: () => undefined,
      redact: (line) => line,
      cleanUp: () => Promise.resolve(),
    };
  }

  /** The port closes and every session ends. */
  close(): void {
    this.#simulator.control.stopListening();
    this.#simulator.control.dropClients('fin');
  }

  /** The port is there again. */
  async reopen(): Promise<void> {
    await this.#simulator.control.listen();
  }

  /** The login of the week: the port stays closed until somebody approves, who then calls {@link SimulatedGateway.reopen}. */
  async wantLogin(): Promise<void> {
    this.close();
    await appendFile(this.#logFile, 'Second Factor Authentication initiated\n');
  }

  /** It loses every session, still takes connections, and answers nobody, IBC included. */
  hang(): void {
    this.#hangs = true;
    this.#simulator.control.inject({ type: 'mute-accept' });
    this.#simulator.control.dropClients('rst');
  }

  async #launch({ directory }: DriverContext): Promise<RunningGateway> {
    this.launches += 1;
    this.#hangs = false;
    this.#simulator.control.clearFaults('mute-accept');
    this.#logFile = path.join(directory, 'logs', `${this.launches}.log`);
    await mkdir(path.dirname(this.#logFile), { recursive: true });
    await appendFile(this.#logFile, 'started\n');
    const exited = new Promise<ProcessExit>((resolve) => {
      this.#end = resolve;
    });
    await this.reopen();
    return {
      record: { identity: { pid: this.launches, host: 'simulated', nonce: '00' }, logFile: this.#logFile, startedAtMs: 0, facts: {} },
      exited,
      signal: () => {
        this.#exit();
        return Promise.resolve();
      },
      endGroup: () => Promise.resolve(),
      forget: () => Promise.resolve(),
      release: () => undefined,
    };
  }

  #exit(): void {
    this.close();
    this.#end({ code: undefined, signal: 'SIGTERM' });
  }

  #obey(command: GatewayCommand): Promise<string> {
    this.commands.push(command);
    if (this.#hangs) return Promise.reject(new GatewayError({ code: 'IBKR_GATEWAY_COMMAND_FAILED', message: 'no answer' }));
    if (command === 'STOP') this.#exit();
    return Promise.resolve('');
  }
}
