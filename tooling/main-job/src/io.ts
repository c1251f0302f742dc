/** What the main job uses of its process. Tests pass their own. */
export interface MainJobIo {
  readonly out: {
    write(text: string): void;
    /** Whether the text goes to a terminal, where it can be drawn over. */
    readonly isTerminal: boolean;
    readonly columns: number;
  };
  readonly err: (text: string) => void;
  /** Aborts when the user asks to stop. */
  readonly stop: AbortSignal;
  /** How the daemon is started: a program and its first arguments. */
  readonly daemonCommand: readonly [string, ...string[]];
}
