import process from 'node:process';
import { forTerminal } from '../render/text.js';
import type { Io, TextSink } from './io.js';
import { processInput } from './process-input.js';

interface OutputStream extends NodeJS.WriteStream {
  readonly fd: 1 | 2;
}

function sink(stream: NodeJS.WriteStream & Partial<OutputStream>, onClosed: () => void): TextSink {
  let closed = false;
  stream.on('error', () => {
    // The reader of the pipe has gone (`ibkit watch SPY | head`), or the disk of the output is full: end, nobody can be told.
    closed = true;
    onClosed();
  });
  return {
    write(text: string): void {
      if (!closed) stream.write(stream.isTTY ? forTerminal(text) : text);
    },
    get isTerminal(): boolean {
      return stream.isTTY;
    },
    get columns(): number {
      // 0 on a terminal that does not know its size.
      return stream.isTTY && stream.columns > 0 ? stream.columns : 80;
    },
    get rows(): number {
      return stream.isTTY && stream.rows > 0 ? stream.rows : 24;
    },
    get closed(): boolean {
      return closed;
    },
  };
}

/** The {@link Io} of a real process. A second SIGINT or SIGTERM ends the process at once. */
export function processIo(): Io {
  const stop = new AbortController();
  const end = (reason: string): void => {
    if (!stop.signal.aborted) stop.abort(new Error(reason));
  };
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + number);
      end(`received ${signal}`);
    });
  }
  return {
    in: processInput(() => {
      process.kill(process.pid, 'SIGINT');
    }),
    out: sink(process.stdout, () => {
      end('the reader of the output has gone');
    }),
    err: sink(process.stderr, () => undefined),
    env: process.env,
    cwd: process.cwd(),
    stop: stop.signal,
  };
}
