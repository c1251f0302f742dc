const ENTRIES: Readonly<Record<string, string>> = { '.ts': './worker-from-source.mjs', '.cjs': './worker.cjs' };

/** Where the worker's code lies: beside this file, in the form that this build has. */
export function workerEntry(): URL {
  const [ending = ''] = /\.[cm]?[jt]s$/u.exec(import.meta.url) ?? [];
  return new URL(ENTRIES[ending] ?? './worker.js', import.meta.url);
}

/**
 * The flags of Node for a thread, when they cannot be those of the process: a program from `--eval` or standard input has `--input-type`, which no file may have.
 * A thread that is given nothing takes them all, which is right otherwise.
 */
export function threadFlags(flags: readonly string[]): { readonly execArgv?: string[] } {
  if (!flags.some((flag) => flag.startsWith('--input-type'))) return {};
  return { execArgv: flags.filter((flag) => /^--(conditions|import)=/u.test(flag)) };
}
