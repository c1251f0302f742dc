import { expect, it } from 'vitest';
import * as status from './status.js';

it('exports what its readers expect', () => {
  expect(Object.keys(status).sort()).toEqual(['connectionStatus']);
});
