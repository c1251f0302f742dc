import { handMutation } from '../ledger/by-hand.js';
import type { HandEdit } from '../ledger/by-hand.js';
import type { Entry } from '../ledger/ledger.js';
import { waysToTakeOutPart } from '../operators/part.js';
import { waysToTakeOut } from '../operators/take-out.js';
import { featuresOf } from '../page/feature.js';
import { fullNamePatterns } from '../page/quoted-test.js';
import { fingerprintOf } from '../page/row.js';
import type { Row } from '../page/row.js';
import type { Mutation } from '../source/edit.js';
import { Sources } from '../source/sources.js';
import type { PrivateCopy } from './private-copy.js';
import type { TestRun } from './test-run.js';
import type { TestRunner } from './test-runner.js';

const NOT_FOUND = 'test not found';
const PLAIN_LIMIT_MS = 180_000;
/** Ways that are tried for one name. */
const MOST_WAYS = 7;

interface Plain {
  readonly pattern: string;
  /** All quoted tests of the file together. */
  readonly tookMs: number;
}

/** How a way of taking out went: `noticed` is the proof. */
interface Trial {
  readonly outcome: 'noticed' | 'not noticed' | 'did not run';
  readonly note: string;
}

const isLate = (run: TestRun): boolean => run.hung || run.tests.some(({ passed, messages }) => !passed && messages.some((message) => /timed out in \d+ms/.test(message)));

/** Proves rows in one private copy: takes the feature out and sees the quoted test fail. */
export class Prover {
  readonly #copy: PrivateCopy;
  readonly #runner: TestRunner;
  readonly #edits: readonly HandEdit[];
  readonly #sources: Sources;
  readonly #plain = new Map<string, Promise<TestRun>>();
  readonly #rows: readonly Row[];
  readonly #tried = new Map<string, Trial>();
  #changed: readonly string[] = [];

  /** @param options `rows`: all that will be asked for */
  constructor({ copy, runner, edits, rows }: { readonly copy: PrivateCopy; readonly runner: TestRunner; readonly edits: readonly HandEdit[]; readonly rows: readonly Row[] }) {
    this.#rows = rows;
    this.#copy = copy;
    this.#runner = runner;
    this.#edits = edits;
    this.#sources = new Sources(copy.root);
  }

  async prove(row: Row): Promise<Entry> {
    const entry = (verdict: Entry['verdict'], by: readonly string[]): Entry => ({ row: fingerprintOf(row), member: row.member, what: row.what, verdict, by });
    const plain = await this.#plainOf(row);
    if (typeof plain === 'string') return entry('not proved', [plain]);
    const byHand = handMutation(row, this.#edits, (file) => this.#copy.read(file));
    if (byHand !== undefined) {
      const { outcome, note } = await this.#first(row, plain, [byHand]);
      return entry(outcome === 'noticed' ? 'proved' : 'not proved', [note]);
    }
    const notes: string[] = [];
    let isProved = true;
    for (const { label, feature } of row.names.flatMap(featuresOf)) {
      const ways = waysToTakeOut(feature, row.member, this.#sources).slice(0, MOST_WAYS);
      let { outcome, note }: Trial = ways.length === 0 ? { outcome: 'did not run', note: 'nothing found that could be taken out' } : await this.#first(row, plain, ways);
      if (outcome === 'not noticed') {
        const parts = waysToTakeOutPart(feature, row.member, this.#sources, { file: row.file, text: this.#copy.read(row.file) }).slice(0, 2 * MOST_WAYS);
        const part = await this.#first(row, plain, parts);
        if (part.outcome === 'noticed') ({ outcome, note } = part);
      }
      isProved &&= outcome === 'noticed';
      notes.push(`${label}: ${note}`);
    }
    return isProved ? entry('proved', notes) : entry('not proved', notes.sort((a, b) => Number(/not |did|nothing/.test(b)) - Number(/not |did|nothing/.test(a))));
  }

  /** The first way that is noticed; else what became of the others. */
  async #first(row: Row, plain: Plain, ways: readonly Mutation[]): Promise<Trial> {
    const failed: Trial[] = [];
    for (const way of ways) {
      // It is for what throws too early, not for what nobody calls.
      if (way.operator.endsWith('gives nothing') && failed.at(-1)?.outcome === 'not noticed') continue;
      const trial = await this.#try(row, plain, way);
      if (trial.outcome === 'noticed') return trial;
      failed.push(trial);
    }
    const outcome = failed.some((trial) => trial.outcome === 'not noticed') ? 'not noticed' : 'did not run';
    return { outcome, note: failed.map(({ note }) => note).join('; ') };
  }

  async #try(row: Row, plain: Plain, { operator, edits }: Mutation): Promise<Trial> {
    const key = JSON.stringify([row.file, plain.pattern, operator, edits]);
    const known = this.#tried.get(key);
    if (known !== undefined) return known;
    const limitMs = Math.max(40_000, plain.tookMs * 8);
    let run: TestRun;
    try {
      const changed = this.#copy.change(edits);
      run = await this.#run(row.file, plain.pattern, limitMs, changed);
    } finally {
      this.#changed = [...this.#changed, ...this.#copy.restore()];
    }
    const trial = await this.#judge(row, plain, operator, run, limitMs);
    this.#tried.set(key, trial);
    return trial;
  }

  async #judge(row: Row, plain: Plain, operator: string, run: TestRun, limitMs: number): Promise<Trial> {
    const failures = run.tests.filter(({ passed }) => !passed);
    if (isLate(run)) {
      // Was it the missing feature or the machine? Without the edit it must still be in time.
      const again = await this.#run(row.file, plain.pattern, limitMs, []);
      const isWell = !again.hung && again.tests.length > 0 && again.tests.every(({ passed }) => passed);
      return isWell ? { outcome: 'noticed', note: `${operator} (waits in vain)` } : { outcome: 'did not run', note: `${operator}: the test is slow without it, too` };
    }
    if (failures.length > 0) return { outcome: 'noticed', note: operator };
    if (run.tests.length > 0) return { outcome: 'not noticed', note: `not noticed: ${operator}` };
    return { outcome: 'did not run', note: `did not get as far as the test: ${operator} (${run.broken[0]?.split('\n')[0]?.slice(0, 120) ?? 'no test ran'})` };
  }

  /** The quoted test as it is: it must be there, run and pass. Else why not. The quoted tests of a file run together, once. */
  async #plainOf({ file, title }: Row): Promise<Plain | string> {
    const own = this.#patternOf(file, title);
    if (own.startsWith(NOT_FOUND)) return own;
    const run = await (this.#plain.get(file) ?? this.#seePlain(file));
    const wanted = new RegExp(own);
    const tests = run.tests.filter(({ name }) => wanted.test(name));
    if (tests.length === 0) return `${NOT_FOUND}: nothing ran for ${own} (${run.hung ? 'it did not end' : (run.broken[0]?.split('\n')[0] ?? 'no such test')})`;
    const failed = tests.find(({ passed }) => !passed);
    return failed === undefined ? { pattern: own, tookMs: run.tookMs } : `the test fails as it is: ${failed.messages[0]?.split('\n')[0] ?? ''}`;
  }

  #seePlain(file: string): Promise<TestRun> {
    const patterns = [...new Set(this.#rows.filter((row) => row.file === file).map(({ title }) => this.#patternOf(file, title)).filter((item) => !item.startsWith(NOT_FOUND)))];
    const pattern = patterns.map((item) => `(?:${item})`).join('|');
    const see = async (): Promise<TestRun> => {
      const run = await this.#run(file, pattern, PLAIN_LIMIT_MS, []);
      // Once more when something fails: a busy machine is no fault of the test.
      return run.tests.length > 0 && run.tests.every(({ passed }) => passed) ? run : await this.#run(file, pattern, PLAIN_LIMIT_MS, []);
    };
    const run = see();
    this.#plain.set(file, run);
    return run;
  }

  /** One pattern for the tests of a title, or why there is none. */
  #patternOf(file: string, title: string): string {
    let patterns: readonly string[];
    try {
      patterns = fullNamePatterns(file, this.#copy.read(file), title);
    } catch {
      return `${NOT_FOUND}: there is no ${file}`;
    }
    return patterns.length === 0 ? `${NOT_FOUND}: nothing in ${file} has this title` : patterns.map((item) => `(?:${item})`).join('|');
  }

  async #run(file: string, pattern: string, limitMs: number, changed: readonly string[]): Promise<TestRun> {
    const all = [...new Set([...this.#changed, ...changed])];
    this.#changed = [];
    return await this.#runner.run({ file, pattern, changed: all, limitMs });
  }
}
