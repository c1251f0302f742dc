/** What is attacked, and what goes on beside. */
export interface Target extends AsyncDisposable {
  /**
   * Sends the frames of one round and looks whether everything else is well.
   * @param isBroken whether the last of them is none: nothing that is sent behind it can be understood
   * @throws Error that says what is not.
   */
  attack(frames: readonly Buffer[], isBroken: boolean): Promise<void>;
  /** Looks at what is dear to look at; called now and then, and at the end. */
  inspect(): Promise<void>;
  /** Numbers for the report. */
  figures(): Readonly<Record<string, number>>;
}
