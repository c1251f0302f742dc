import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * A gateway in a process of its own, so that it can be stopped and killed as one: handshake, readiness, and answers to questions for the time. It prints its port,
 * and for each line on its input the ids of all messages that it has read.
 */
const SCRIPT = `
const net = require('node:net');
const seen = [];
const frame = (...fields) => {
  const body = Buffer.from(fields.map((field) => field + '\\0').join(''));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
};
const server = net.createServer((socket) => {
  let buffer = Buffer.alloc(0);
  let greeted = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (!greeted && buffer.length >= 4) {
      buffer = buffer.subarray(4);
    } else if (!greeted) return;
    for (;;) {
      if (buffer.length < 4 || buffer.length < 4 + buffer.readUInt32BE(0)) { greeted = greeted || buffer.length === 0; return; }
      const length = buffer.readUInt32BE(0);
      const body = buffer.subarray(4, 4 + length).toString('latin1');
      buffer = buffer.subarray(4 + length);
      if (!greeted) { greeted = true; socket.write(frame('176', '20240102 09:30:00 EST')); continue; }
      const id = body.slice(0, body.indexOf('\\0'));
      seen.push(Number(id));
      if (id === '71') socket.write(Buffer.concat([frame('15', '1', 'DU1234567'), frame('9', '1', '1')]));
      if (id === '49') socket.write(frame('49', '1', String(Math.floor(Date.now() / 1000))));
    }
  });
});
server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
require('node:readline').createInterface(process.stdin).on('line', () => console.log(JSON.stringify({ seen })));
process.stdin.on('end', () => process.exit());
`;

/** Starts gateways and makes sure that none of them outlives its test. */
export class GatewayProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, port: number) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /** Listens on 127.0.0.1; on any free port unless one is given. */
  static async start(port = 0): Promise<GatewayProcess> {
    const child = spawn(process.execPath, ['-e', SCRIPT, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error('the gateway process did not start');
    return new GatewayProcess(child, lines, Number(Reflect.get(Object(JSON.parse(first.value)), 'port')));
  }

  /** Freezes it: its sockets stay open, and the kernel goes on taking bytes for it. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** The ids of all messages that it has read. */
  async seen(): Promise<readonly number[]> {
    this.#child.stdin?.write('report\n');
    const line: IteratorResult<string, unknown> = await this.#lines.next();
    const seen: unknown = Reflect.get(Object(JSON.parse(String(line.value))), 'seen');
    return Array.isArray(seen) ? seen.map(Number) : [];
  }
}
