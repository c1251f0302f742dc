/** The exit codes of `ibkit`, a contract with scripts. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notReady: 3,
  notAuthorised: 4,
  rejected: 5,
  refused: 6,
  pending: 8,
} as const;

/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
