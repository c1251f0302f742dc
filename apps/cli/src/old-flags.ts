/** The flag forms of the original tool and the commands that they stand for. */
const COMMAND_FLAGS: Readonly<Record<string, readonly string[]>> = {
  '--check': ['check'],
  '--positions': ['positions'],
  '--account': ['account'],
};

/** Rewrites `--check`, `--positions`, `--account` and `--subscribe SYM` into commands; everything else stays as it is. */
export function translateOldFlags(argv: readonly string[]): string[] {
  const subscribe = argv.indexOf('--subscribe');
  const symbol = argv[subscribe + 1];
  if (subscribe >= 0 && symbol !== undefined && !symbol.startsWith('-')) {
    return [...argv.slice(0, subscribe), ...argv.slice(subscribe + 2), 'watch', symbol];
  }
  for (const [flag, command] of Object.entries(COMMAND_FLAGS)) {
    const index = argv.indexOf(flag);
    if (index >= 0) return [...argv.slice(0, index), ...argv.slice(index + 1), ...command];
  }
  return [...argv];
}
