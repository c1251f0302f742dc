import { expect, it } from 'vitest';
import * as provider from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(provider).sort()).toEqual([]);
});
