import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Row } from '../page/row.js';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module", "private": true }',
  'src/index.ts': "export { Counter, LIMIT, doubled } from './counter.js';\n",
  'src/after.ts': 'export function after(value: number): number {\n  return value + 1;\n}\n',
  'src/counter.ts': `
import { after } from './after.js';
export const LIMIT = 10;
export function doubled(value: number, { step = 2 }: { step?: number } = {}): number {
  return value * step;
}
export class Counter {
  readonly #listeners = new Map<string, () => void>();
  count = 0;
  constructor(options: { start?: number } = {}) {
    this.count = options.start ?? 0;
  }
  on(name: string, listener: () => void): void {
    this.#listeners.set(name, listener);
  }
  emit(name: string): void {
    this.#listeners.get(name)?.();
  }
  next(): number {
    this.count = after(this.count);
    if (this.count === LIMIT) this.emit('counter.full');
    return this.count;
  }
}
`,
  'src/counter.test.ts': `
import { describe, expect, it } from 'vitest';
import { after } from './after.js';
import { Counter, LIMIT, doubled } from './index.js';
describe('doubled', () => {
  it.each([[1, 2], [2, 4]])('of %s is twice that', (value, twice) => {
    expect(doubled(value)).toBe(twice);
  });
  it('is there', () => {
    expect(typeof doubled).toBe('function');
  });
  it('takes another step', () => {
    expect(doubled(2, { step: 3 })).toBe(6);
  });
  it('fails by itself', () => {
    expect(doubled(2)).toBe(5);
  });
});
describe('Counter', () => {
  it('goes up by one', () => {
    expect(after(4)).toBe(5);
  });
  it('counts from where it is told', () => {
    expect(new Counter({ start: 4 }).next()).toBe(5);
  });
  it('says when it is full', () => {
    const counter = new Counter({ start: LIMIT - 1 });
    let told = 0;
    counter.on('counter.full', () => { told += 1; });
    counter.next();
    expect(told).toBe(1);
  });
});
`,
};

/** A repository of one small package with tests, in a temporary folder. Returns its root, for a `PrivateCopy` to remove. */
export function smallRepository(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'take-out-'));
  const member = path.join(root, 'packages', 'counter');
  mkdirSync(path.join(member, 'src'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(member, name), text);
  symlinkSync(path.resolve(import.meta.dirname, '..', '..', 'node_modules'), path.join(member, 'node_modules'), 'dir');
  return root;
}

/** A row about the small package. */
export function smallRow(name: string, title: string): Row {
  return { member: 'packages/counter', what: `About ${name}`, names: [name], file: 'packages/counter/src/counter.test.ts', title };
}
