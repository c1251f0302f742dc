import { expect, it } from 'vitest';
import { layout, nested, required } from './layout.js';
import type { Layout } from './layout.js';
import { CLIENT_LAYOUTS, SERVER_LAYOUTS } from './messages.js';
import { integer, lineText, number, quantity, unsettableInteger } from './scalar.js';

interface Sample {
  readonly type: 'sample';
  readonly count: number;
  readonly inner: { readonly name: string };
}

it('checks layouts against their message types', () => {
  // @ts-expect-error -- a text where the message has a number
  layout<Sample>(1, 'sample', [required('count', lineText)]);
  // @ts-expect-error -- no such field
  layout<Sample>(1, 'sample', [required('counts', integer)]);
  // @ts-expect-error -- no such field inside
  layout<Sample>(1, 'sample', [nested('inner', required('nam', lineText))]);
  expect(layout<Sample>(1, 'sample', [required('count', integer), nested('inner', required('name', lineText))]).id).toBe(1);
});

it.each<[string, Readonly<Record<string, Layout>>]>([
  ['client', CLIENT_LAYOUTS],
  ['server', SERVER_LAYOUTS],
])('gives every %s message its own id and type', (_, layouts) => {
  const ids = Object.values(layouts).map((each) => each.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.entries(layouts).filter(([type, each]) => each.type !== type)).toEqual([]);
});

/** TWS API: the official Python client reads these by function signature, where an empty number ends its reader and one field more drops the message. */
const READ_BY_SIGNATURE = new Set([6, 8, 9, 14, 15, 16, 19, 45, 46, 47, 49, 51, 52, 53, 54, 55, 57, 58, 62, 63, 64, 67, 68, 72, 73, 74]);

it('leaves no number empty where clients read by signature', () => {
  const numbers: unknown[] = [integer, number, quantity, unsettableInteger];
  const empty = Object.values(SERVER_LAYOUTS)
    .filter((each) => READ_BY_SIGNATURE.has(each.id))
    .flatMap((each) => each.fields)
    .filter((field) => field.kind === 'scalar' && !field.required && field.unset === '' && numbers.includes(field.scalar));
  expect(empty).toEqual([]);
});
