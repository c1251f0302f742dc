/** What became of the tests that a pattern names. */
export interface TestRun {
  readonly tests: readonly { readonly name: string; readonly passed: boolean; readonly messages: readonly string[] }[];
  /** Why the file, or a group of it, did not get as far as its tests. */
  readonly broken: readonly string[];
  /** It did not end within its time and was ended. */
  readonly hung: boolean;
  readonly tookMs: number;
}

/** Which tests to run, and what changed on the disk since the last time. */
export interface TestQuestion {
  /** Of the test, from the root of the repository. */
  readonly file: string;
  readonly pattern: string;
  /** From the root of the repository. */
  readonly changed: readonly string[];
  readonly limitMs: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

/** The answer of a child process as a run. */
export function readRun(answer: unknown, tookMs: number): TestRun {
  const { tests, broken } = isRecord(answer) ? answer : {};
  const read = (Array.isArray(tests) ? tests : []).filter(isRecord).map(({ name, passed, messages }) => ({ name: typeof name === 'string' ? name : '', passed: passed === true, messages: textsIn(messages) }));
  return { tests: read, broken: textsIn(broken), hung: false, tookMs };
}
