const ENTRIES: Readonly<Record<string, string>> = { '.ts': './worker-from-source.mjs', '.cjs': './worker.cjs' };

/** Where the worker's code lies: beside this file, in the form that this build has. */
export function workerEntry(): URL {
  const [ending = ''] = /\.[cm]?[jt]s$/u.exec(import.meta.url) ?? [];
  return new URL(ENTRIES[ending] ?? './worker.js', import.meta.url);
}
