import { expect, it } from 'vitest';
import { stateDirectoryOf } from './state-directory.js';

it.each<[Readonly<Record<string, string>>, string | undefined, string]>([
  [{}, undefined, '/home/me/.local/state/ibkit'],
  [{ XDG_STATE_HOME: '/xdg' }, undefined, '/xdg/ibkit'],
  [{ XDG_STATE_HOME: 'relative' }, undefined, '/home/me/.local/state/ibkit'],
  [{ XDG_STATE_HOME: '' }, undefined, '/home/me/.local/state/ibkit'],
  [{ XDG_STATE_HOME: '/xdg' }, '/file', '/file'],
  [{ IBKIT_STATE_DIR: '/given', XDG_STATE_HOME: '/xdg' }, '/file', '/given'],
  [{ IBKIT_STATE_DIR: '' }, 'below', '/work/below'],
])('%j and state_dir %j: %s', (env, configured, directory) => {
  expect(stateDirectoryOf({ env, configured, home: '/home/me', cwd: '/work' })).toBe(directory);
});
