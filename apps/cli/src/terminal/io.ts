/** Where text goes. A closed pipe turns `closed` on and every later write into nothing. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal in columns, 80 when unknown. */
  readonly columns: number;
  /** Height of the terminal in rows, 24 when unknown. */
  readonly rows: number;
  readonly closed: boolean;
}

/** Where a person types, or a file or pipe is read from. */
export interface TextSource {
  readonly isTerminal: boolean;
  /** The next line, without its end; `undefined` when there is none any more. */
  line(signal: AbortSignal): Promise<string | undefined>;
  /** Calls `listener` with each key as it is pressed, without Enter and without showing it, until the function that it returns is called. */
  keys(listener: (key: string) => void): () => void;
  /** Everything up to the end. */
  all(signal: AbortSignal): Promise<string>;
}

/** Everything of the process that a command may touch. Tests pass their own and never start a process. */
export interface Io {
  readonly in: TextSource;
  readonly out: TextSink;
  readonly err: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts at the first SIGINT or SIGTERM, and when the reader of `out` has gone. */
  readonly stop: AbortSignal;
}
