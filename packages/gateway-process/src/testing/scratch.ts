import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Where a test works: a state directory, a gateway program, its ports. */
export class Scratch implements AsyncDisposable {
  readonly directory: string;
  readonly stateDir: string;
  /** The stand-in gateway, executable, which takes the arguments that it is given. */
  readonly program: string;
  readonly port: number;
  readonly control: number;

  private constructor(directory: string, port: number, control: number) {
    this.directory = directory;
    this.stateDir = path.join(directory, 'state');
    this.program = path.join(directory, 'ibgateway');
    this.port = port;
    this.control = control;
  }

  static async make(): Promise<Scratch> {
    const scratch = new Scratch(await mkdtemp(path.join(tmpdir(), 'ibkit-gateway-')), await freePort(), await freePort());
    await scratch.#write(scratch.program, []);
    return scratch;
  }

  /** The stand-in gateway with arguments of the test: IBC hands none on. */
  async ibcScript(upTo: string): Promise<string> {
    const file = path.join(this.directory, 'ibcstart.sh');
    await this.#write(file, this.args(upTo));
    return file;
  }

  /** Its arguments. */
  args(upTo = 'ready', ...more: readonly string[]): readonly string[] {
    return ['--port', String(this.port), '--control', String(this.control), '--upTo', upTo, ...more];
  }

  /** Says something to the gateway, and waits until it is done. */
  async tell(line: string): Promise<void> {
    const socket = connect(this.control, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${line}\n`);
    const lines = createInterface({ input: socket });
    const done = once(lines, 'line');
    await Promise.race([done, once(socket, 'close')]);
    socket.destroy();
  }

  async #write(file: string, args: readonly string[]): Promise<void> {
    const source = fileURLToPath(new URL('stand-in-gateway.ts', import.meta.url));
    const root = fileURLToPath(new URL('../..', import.meta.url));
    // A gateway is started from anywhere; its parts are found from here.
    await writeFile(file, `#!/bin/sh\ncd '${root}' && exec '${process.execPath}' --conditions=@ibkit/source --import tsx '${source}' ${args.join(' ')} "$@"\n`);
    await chmod(file, 0o755);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
