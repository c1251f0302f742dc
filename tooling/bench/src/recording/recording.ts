import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { median } from '../table.js';
import { FORMATS } from './formats.js';
import { makeTicks } from './rows.js';

/** What one process measured. */
export interface FormatResult {
  readonly writeMs: number;
  readonly readMs: number;
  readonly bytes: number;
  readonly rows: number;
  readonly sum: number;
}

function isResult(value: unknown): value is FormatResult {
  return typeof value === 'object' && value !== null && 'writeMs' in value && 'readMs' in value && 'bytes' in value && 'rows' in value && 'sum' in value;
}

function programFile(): string {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(ending === '.ts' ? './format-process.ts' : './recording/format-process.js', import.meta.url));
}

/** Measures one format in a process of its own. */
export function measureFormat(name: string, rows: number, file = programFile()): Promise<FormatResult> {
  return new Promise((resolve, reject) => {
    const child = fork(file, [name, String(rows)]);
    let result: FormatResult | undefined;
    child.once('message', (message) => {
      if (isResult(message)) result = message;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (result === undefined || code !== 0) reject(new Error(`${name} ended with ${code} before it told anything`));
      else resolve(result);
    });
  });
}

function million(rows: number, ms: number): string {
  return (rows / ms / 1_000).toPrecision(3);
}

/** What every format must give back. */
function checkResult(name: string, { rows, sum }: FormatResult, expected: { readonly rows: number; readonly sum: number }): void {
  if (rows !== expected.rows || Math.abs(sum - expected.sum) > Math.abs(expected.sum) * 1e-9) throw new Error(`${name} gave back ${rows} rows and ${sum}, not ${expected.rows} and ${expected.sum}`);
}

/** Compares ways to keep rows: what they cost to write and to read, and their size. @returns whether ours is at least as quick as JSON lines both ways, and at most half as large */
export async function runRecording({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const count = quick ? 100_000 : 300_000;
  const series = quick ? 3 : 5;
  const sum = makeTicks(count).reduce((total, tick) => total + ((tick.type === 'trade' ? tick.price : tick.bid) ?? 0), 0);
  const results = new Map<string, FormatResult[]>();
  for (let turn = 0; turn < series; turn += 1) {
    for (const name of Object.keys(FORMATS)) {
      const result = await measureFormat(name, count);
      checkResult(name, result, { rows: count, sum });
      results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  const of = (name: string, pick: (result: FormatResult) => number): number => median((results.get(name) ?? []).map(pick));
  const lines = [...results.keys()].map((name) => {
    const [writeMs, readMs, bytes] = [of(name, (result) => result.writeMs), of(name, (result) => result.readMs), of(name, (result) => result.bytes)];
    return `| ${name} | ${million(count, writeMs)} | ${million(count, readMs)} | ${(bytes / count).toFixed(1)} |`;
  });
  const head = ['| format | M rows written per CPU s | M rows read per CPU s | bytes per row |', '| --- | ---: | ---: | ---: |'];
  process.stdout.write(`recording: ${count} trades and quotes (${series} interleaved series)\n\n${[...head, ...lines].join('\n')}\n\n`);
  const ours = (pick: (result: FormatResult) => number): number => of('recording', pick) / of('JSON lines', pick);
  return ours(({ writeMs }) => writeMs) <= 1 && ours(({ readMs }) => readMs) <= 1 && ours(({ bytes }) => bytes) <= 0.5;
}
