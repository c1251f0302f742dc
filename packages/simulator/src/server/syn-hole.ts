import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/**
 * Listens and then stands still: nothing accepts. A thread of its own, because a listener of Node accepts whenever its thread is free.
 * It wakes when the gate opens, and its sockets go with it.
 */
const STANDSTILL = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const server = createServer((socket) => socket.destroy());
server.once('error', (error) => parentPort.postMessage(error.message));
server.listen({ host: workerData.host, port: workerData.port, backlog: 1, exclusive: true }, () => {
  parentPort.postMessage('open');
  Atomics.wait(new Int32Array(workerData.gate), 0, 0);
  process.exit(0);
});
`;

/** With a backlog of 1 Linux completes two connections that nobody accepts. */
const FILLING = 2;
/** What is filled too much waits as any client would. */
const ATTEMPTS = 4;

/**
 * A port at which connections are neither accepted nor refused: a listener that never accepts and whose queue is full, so that the kernel throws away each further SYN
 * (proven on Linux). Clients stay in the middle of connecting until they give up.
 */
export class SynHole {
  readonly #host: string;
  readonly #port: number;
  readonly #gate = new SharedArrayBuffer(4);
  readonly #fillers: Socket[] = [];
  #worker: Worker | undefined;
  #gone: Promise<unknown> | undefined;
  #closed = false;

  constructor(options: { readonly host: string; readonly port: number }) {
    this.#host = options.host;
    this.#port = options.port;
  }

  /** Resolves when the queue is full, or when it has been closed. The port must be free. @throws Error when it is not. */
  async open(): Promise<void> {
    if (this.#closed) return;
    const worker = new Worker(STANDSTILL, { eval: true, workerData: { host: this.#host, port: this.#port, gate: this.#gate } });
    this.#worker = worker;
    const gone = new Promise<'gone'>((resolve) => {
      worker.once('exit', () => {
        resolve('gone');
      });
    });
    this.#gone = gone;
    const said = await Promise.race([
      gone,
      new Promise<unknown>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
    ]);
    if (said === 'open') await Promise.race([gone, this.#fill()]);
    else if (said !== 'gone') throw new Error(String(said));
  }

  /** Frees the port: who waits in the queue is reset, who waits before it is refused, or reaches the next listener. Idempotent; may come while it opens. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const filler of this.#fillers) filler.destroy();
    const gate = new Int32Array(this.#gate);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    // Ends a thread that had not come to stand still yet, too.
    await this.#worker?.terminate();
    await this.#gone;
  }

  #fill(): Promise<void> {
    return new Promise((resolve) => {
      let filled = 0;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const filler = connect({ host: this.#host, port: this.#port });
        this.#fillers.push(filler);
        filler.on('error', () => undefined);
        filler.once('connect', () => {
          filled += 1;
          if (filled === FILLING) resolve();
        });
      }
    });
  }
}
