/** Something that failed where no call of yours could carry it. */
export interface LoopProblem {
  readonly source: 'session' | 'processor' | 'task';
  /** The name of the processor or task; `session` for the session. */
  readonly name: string;
  readonly error: Error;
}
