/** What the daemon's program uses of its process. Tests pass their own. */
export interface DaemonIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many files it may have open at once. @defaultValue as many as it likes */
  readonly openFiles?: number | undefined;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
  /** Calls `listener` at each SIGHUP. Without a terminal that asks to read files again; one whose terminal goes away aborts `stop` instead. @defaultValue never */
  readonly onReload?: ((listener: () => void) => void) | undefined;
  /** Resolves when the standard input ends, or when `signal` aborts; after that nothing listens to it any more. */
  readonly inputEnd: (signal: AbortSignal) => Promise<void>;
}
