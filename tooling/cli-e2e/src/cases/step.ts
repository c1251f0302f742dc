/** How a command reaches the gateway: over a connection of its own, through the daemon, or not at all. */
export type Route = 'direct' | 'daemon' | 'alone';

/** Both ways to a gateway. */
export const BOTH: readonly Route[] = ['direct', 'daemon'];

/** One call of a command, and what must come of it. */
export interface Step {
  /** The command, by the words that call it. */
  readonly command: string;
  /** What is typed behind `ibkit`; `{name}` stands for what the place knows by that name. */
  readonly line: readonly string[];
  readonly routes: readonly Route[];
  readonly expects: Expected;
  readonly more: More;
}

/** A document on stdout that fits a published schema, text for people, or a failure. */
export type Expected =
  | { readonly kind: 'json'; readonly schema: string; readonly lines: boolean; readonly exitCode: number }
  | { readonly kind: 'text'; readonly pattern: RegExp; readonly exitCode: number }
  | { readonly kind: 'fails'; readonly exitCode: number; readonly message: RegExp; readonly json: boolean };

/** What a step says beside its words. */
export interface More {
  readonly routes?: readonly Route[];
  /** @defaultValue 0 */
  readonly exitCode?: number;
  /** What stands on stderr, which is empty without it; of a failure it is the message. */
  readonly err?: RegExp;
  /** Keeps the value at a path of the document by a name, for later lines. */
  readonly remember?: Readonly<Record<string, readonly (string | number)[]>>;
  /** Values that the document has at some paths. */
  readonly has?: object;
  /** Where the two routes differ in what there is, by nature: patterns of paths. */
  readonly differs?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

type Words = string | readonly string[];
type Make = (command: string, routes: readonly Route[]) => Step;

function typed(words: Words): readonly string[] {
  return typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words;
}

function make(words: Words, expects: Expected, more: More): Make {
  return (command, routes) => {
    const own = typed(words);
    // A line of another form, such as `--check`, begins with a slash in the table.
    const line = own[0] === '/' ? own.slice(1) : [...command.split(' '), ...own];
    return { command, line, routes: more.routes ?? routes, expects, more };
  };
}

/** With `--json`: one document of this schema. */
export function json(schema: string, words: Words = '', more: More = {}): Make {
  return make(words, { kind: 'json', schema, lines: false, exitCode: more.exitCode ?? 0 }, more);
}

/** With `--json`: lines of this schema. */
export function lines(schema: string, words: Words = '', more: More = {}): Make {
  return make(words, { kind: 'json', schema, lines: true, exitCode: more.exitCode ?? 0 }, more);
}

/** Without `--json`: what a person looks for. */
export function text(pattern: RegExp, words: Words = '', more: More = {}): Make {
  // What is drawn is made from the answer that --json shows of both routes, so one of them is enough.
  return (command, routes) => make(words, { kind: 'text', pattern, exitCode: more.exitCode ?? 0 }, routes === BOTH ? { routes: ['direct'], ...more } : more)(command, routes);
}

/** With `--json`: the one document of a failure, and its message on stderr. */
export function fails(exitCode: number, message: RegExp, words: Words = '', more: More = {}): Make {
  // A wrong word is refused before there is a route.
  return (command, routes) => make(words, { kind: 'fails', exitCode, message, json: true }, routes === BOTH && exitCode === 2 ? { routes: ['direct'], ...more } : more)(command, routes);
}

/** Without `--json`: nothing on stdout, and the message on stderr. */
export function failsForPeople(exitCode: number, message: RegExp, words: Words = '', more: More = {}): Make {
  return make(words, { kind: 'fails', exitCode, message, json: false }, more);
}

/** The steps of one command, in their order. */
export function command(name: string, routes: readonly Route[], ...steps: readonly Make[]): readonly Step[] {
  return steps.map((step) => step(name, routes));
}

/** No gateway, and no daemon: exit 3. */
export const UNREACHABLE: readonly Make[] = [
  fails(3, /Nothing listens on 127\.0\.0\.1:1/, '--port 1', { routes: ['direct'] }),
  fails(3, /No daemon answers at http:\/\/127\.0\.0\.1:1/, '--daemon-url http://127.0.0.1:1', { routes: ['daemon'] }),
];
