import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import type { Simulator } from '@ibkit/simulator';
import { diagnose } from '../diagnose/diagnose.js';
import type { DiagnoseOptions } from '../diagnose/diagnose-options.js';
import type { Diagnosis, Probe, ProbeName } from '../diagnose/diagnosis.js';
import { Simulated } from './simulated.js';

/** A clock that stands still at the present, so that a gateway on the system's time agrees with it. */
export function presentClock(): TestClock {
  return createTestClock({ nowMs: systemClock().now() });
}

/** A diagnosis under way. */
export interface Running {
  readonly result: Promise<Diagnosis>;
  readonly clock: TestClock;
  readonly probes: readonly Probe[];
  /** Resolves once this question is asked. */
  readonly asked: (name: ProbeName) => Promise<void>;
}

/** Starts a diagnosis on a clock that only the test moves. */
export function diagnosing(options: DiagnoseOptions, clock: TestClock = presentClock()): Running {
  const probes: Probe[] = [];
  const started = new Set<ProbeName>();
  const waiting: { readonly name: ProbeName; readonly resolve: () => void }[] = [];
  const result = diagnose({
    clock,
    otherPorts: [],
    ...options,
    onStart: (name) => {
      started.add(name);
      for (const waiter of waiting) if (waiter.name === name) waiter.resolve();
    },
    onProbe: (probe) => {
      probes.push(probe);
    },
  });
  // Whoever waits for a question must not wait for ever when the diagnosis fails first.
  result.catch(() => undefined);
  const asked = (name: ProbeName): Promise<void> =>
    started.has(name) ? Promise.resolve() : new Promise((resolve) => waiting.push({ name, resolve }));
  return { result, clock, probes, asked };
}

/** One answer of a diagnosis. */
export function answerOf(diagnosis: Diagnosis, name: ProbeName): Probe {
  const found = diagnosis.probes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no answer to ${name}`);
  return found;
}

type Fault = Parameters<Simulator['control']['inject']>[0];

/** Gateways that are not all right, and servers that are none, closed together. */
export class BrokenSetUps extends Simulated {
  readonly #servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

  /** The port of a simulator on a clock that stands still, with something broken. */
  async broken(clock: TestClock, options: Parameters<Simulated['simulator']>[0], ...faults: readonly Fault[]): Promise<number> {
    const server = await this.simulator({ clock, ...options });
    for (const fault of faults) server.control.inject(fault);
    return server.port;
  }

  /** The port of any server that is no gateway. */
  async listening(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    this.#servers.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address: string | AddressInfo | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** The port of a server that answers whatever it hears with these characters, once. */
  garbage(answer: string): Promise<number> {
    return this.listening(createServer((socket) => socket.once('data', () => socket.write(answer))));
  }

  override async close(): Promise<void> {
    await super.close();
    for (const { server, sockets } of this.#servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}
