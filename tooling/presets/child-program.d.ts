import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** A program of the tests in a process of its own, run from its TypeScript source, which talks in lines. */
export declare class ChildProgram implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it said and nobody has taken yet. */
  readonly lines: string[];
  /** @param file absolute path of the program */
  constructor(file: string, argv: readonly string[]);
  /** Says one line to it. */
  say(line: string): void;
  /** The next line that it says. @throws Error with what it wrote to stderr, when it ended instead */
  next(): Promise<string>;
  /** Kills it without a chance to clean up, and waits until the system has forgotten it. */
  kill(): Promise<void>;
  /** Waits for its end. */
  ended(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
