import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startTestDaemon } from './testing/test-daemon.js';

/** Every command of the page that says which statuses it answers with. */
const EXPECTED = /#\s(\d{3})(?:, or (\d{3}))?/g;

describe.skipIf(process.platform === 'win32')('docs/http-api.md', () => {
  it('shows commands that answer what they say', async () => {
    const text = await readFile(path.join(import.meta.dirname, '../../../docs/http-api.md'), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
    await using daemon = await startTestDaemon('--simulate');
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    const script = blocks.join('\n').replace('http://127.0.0.1:8787', daemon.parts.url).replace('~/.local/state/ibkit/admin.token', daemon.parts.tokenFile);
    const expected = [...script.matchAll(EXPECTED)].map(([, first, second]) => [first, second].filter((status) => status !== undefined));
    const { stdout } = await promisify(execFile)('bash', ['-euc', script]);
    const statuses = [...stdout.matchAll(/^(\d{3})$/gm)].map(([, status = '']) => status);
    expect(expected.length).toBeGreaterThan(15);
    expect(statuses.map((status, index) => (expected[index]?.includes(status) === true ? 'as said' : `${status} instead of ${expected[index]?.join(' or ') ?? 'nothing'}`))).toEqual(expected.map(() => 'as said'));
  });
});
