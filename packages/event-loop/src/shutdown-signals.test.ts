import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { IbkrEventLoop } from './index.js';

const PROGRAM = fileURLToPath(new URL('./testing/shutdown-program.ts', import.meta.url));

class Program {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown[]>;
  #output = '';
  #check = (): void => undefined;

  constructor(kind: 'orderly' | 'stubborn') {
    this.#child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', PROGRAM, kind], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#check();
      });
    }
  }

  says(line: string): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (this.lines.includes(line)) resolve();
      };
      this.#check();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(): Promise<{ readonly exitCode: unknown; readonly signal: unknown; readonly lines: readonly string[] }> {
    const [exitCode, signal] = await this.#ended;
    return { exitCode, signal, lines: this.lines };
  }

  get lines(): readonly string[] {
    return this.#output.trim().split('\n');
  }
}

describe('IbkrEventLoop, signals', () => {
  it.concurrent.each(['SIGINT', 'SIGTERM'] as const)('ends in order on %s, and lets the process end by itself', async (signal) => {
    const program = new Program('orderly');
    await program.says('ready');
    program.signal(signal);
    const end = await program.end();
    expect(end).toMatchObject({ exitCode: 0, signal: null });
    expect([...end.lines].sort()).toEqual(['ready', 'task aborted', '{"type":"aborted"}', '{"type":"last words"}']);
  });

  it.concurrent('is forced by a second signal, which then ends the process', async () => {
    const program = new Program('stubborn');
    await program.says('ready');
    program.signal('SIGTERM');
    await program.says('{"type":"aborted"}');
    program.signal('SIGINT');
    expect(await program.end()).toMatchObject({ exitCode: null, signal: 'SIGINT' });
  });

  it('touches no signal unless asked, and lets go of them at the end', async () => {
    const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = listeners();
    const plain = new IbkrEventLoop({ onError: () => undefined });
    await plain.start();
    const asked = new IbkrEventLoop({ onError: () => undefined, signals: ['SIGINT', 'SIGTERM', 'SIGINT'] });
    expect(listeners()).toBe(before);
    await asked.start();
    expect(listeners()).toBe(before + 2);
    await Promise.all([plain.close(), asked.close()]);
    expect(listeners()).toBe(before);
  });
});
