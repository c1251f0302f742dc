import { expect, it } from 'vitest';
import { namedPackages } from './snippets.js';

it.each([
  ['npm i @ibkit/clock', ['@ibkit/clock']],
  ['## Install\n\n```sh\nnpm i @ibkit/a @ibkit/b\n```\n', ['@ibkit/a', '@ibkit/b']],
  ['npm i -g @ibkit/cli\nibkit check', []],
  ['nothing to install', []],
])('finds what %j tells to install', (readme, names) => {
  expect(namedPackages(readme)).toEqual(names);
});
