/** The flag forms of the original tool and the commands that they stand for. */
const COMMAND_FLAGS: Readonly<Record<string, readonly string[]>> = {
  '--check': ['check'],
  '--positions': ['positions'],
  '--account': ['account'],
  '--start': ['gateway', 'start'],
};

/** Where `flag` stands before any `--`, or -1. */
function place(argv: readonly string[], flag: string): number {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).indexOf(flag);
}

/** Rewrites `--check`, `--positions`, `--account`, `--start` and `--subscribe SYM...` into commands; everything else stays as it is. */
export function translateOldFlags(argv: readonly string[]): string[] {
  const subscribe = place(argv, '--subscribe');
  if (subscribe >= 0) {
    const after = argv.slice(subscribe + 1);
    const end = after.findIndex((word) => word.startsWith('-'));
    const symbols = end < 0 ? after : after.slice(0, end);
    const names = symbols.flatMap((symbol) => symbol.split(',')).filter((symbol) => symbol !== '');
    return [...argv.slice(0, subscribe), 'watch', ...names, ...after.slice(symbols.length)];
  }
  for (const [flag, command] of Object.entries(COMMAND_FLAGS)) {
    const index = place(argv, flag);
    if (index >= 0) return [...argv.slice(0, index), ...command, ...argv.slice(index + 1)];
  }
  return [...argv];
}
