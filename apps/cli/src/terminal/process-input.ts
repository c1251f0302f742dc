import process from 'node:process';
import { createInterface } from 'node:readline';
import type { TextSource } from './io.js';

/** The ASCII code of Ctrl-C, which a terminal in raw mode hands over as a key. */
const INTERRUPT = '\u0003';

/** The standard input of the process. Nothing is read before somebody asks, so a command that asks nothing leaves it alone. */
export function processInput(onInterrupt: () => void): TextSource {
  const { stdin } = process;
  return {
    get isTerminal(): boolean {
      return stdin.isTTY;
    },
    line(signal: AbortSignal): Promise<string | undefined> {
      return new Promise((resolve) => {
        const lines = createInterface({ input: stdin, terminal: false });
        const end = (text: string | undefined): void => {
          // First: closing says that there is no line any more, and the first answer counts.
          resolve(text);
          signal.removeEventListener('abort', stop);
          lines.close();
          stdin.pause();
        };
        const stop = (): void => {
          end(undefined);
        };
        lines.once('line', end);
        lines.once('close', stop);
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
    },
    keys(listener: (key: string) => void): () => void {
      if (!stdin.isTTY) return () => undefined;
      const take = (bytes: Buffer): void => {
        for (const key of bytes.toString('utf8')) {
          if (key === INTERRUPT) onInterrupt();
          else listener(key);
        }
      };
      stdin.setRawMode(true);
      stdin.on('data', take);
      stdin.resume();
      return () => {
        stdin.off('data', take);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    async all(signal: AbortSignal): Promise<string> {
      const stop = (): void => {
        stdin.destroy();
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        let text = '';
        for await (const chunk of stdin.setEncoding('utf8')) text += String(chunk);
        return text;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
