/** What the daemon's program uses of its process. Tests pass their own. */
export interface DaemonIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
  /** Resolves when the standard input ends, or when `signal` aborts; after that nothing listens to it any more. */
  readonly inputEnd: (signal: AbortSignal) => Promise<void>;
}
