import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run, temporaryDirectory } from '../testing/fake-io.js';

describe('explain', () => {
  it.each([
    ['Error. Id: 7, Code: 354, Msg: Requested market data is not subscribed', [354]],
    ['ERROR -1 2104 Market data farm connection is OK:usfarm', [2104]],
    ['2026-11-20 14:30:05 error 1100, then 1102', [1100]],
    ['{"errorCode": 10197, "errorMessage": "No market data"}', [10_197]],
    ['connection reset 1100 at 14:30:05', [1100]],
  ])('finds the codes in %j', async (text, codes) => {
    const { exitCode, out } = await run(['explain', text, '--json']);
    const { codes: found } = out.documents[0] as { codes: readonly { code: number }[] };
    expect([exitCode, found.map(({ code }) => code)]).toEqual([0, codes]);
    expect(OUTPUT_SCHEMAS.explain.safeParse(out.documents[0]).success).toBe(true);
  });

  it('reads a log from its input', async () => {
    const { exitCode, out } = await run(['explain', '-'], { input: 'ERROR 3 200 No security definition\nfine\nERROR 4 162 Historical Market Data Service error\n' });
    expect([exitCode, out.text]).toEqual([0, expect.stringMatching(/^200 {2}[^]*\n\n162 {2}/)]);
  });

  it('exits 2 for a text without a code', async () => {
    expect((await run(['explain', 'all is well'])).exitCode).toBe(2);
  });
});

describe('config', () => {
  it('is made once, changed, shown with where each value came from, and never shows accounts', async () => {
    const cwd = temporaryDirectory();
    const file = path.join(cwd, 'my.ini');
    const options = { cwd };
    expect((await run(['config', 'init', '--config', 'my.ini'], options)).out.text).toBe(`Wrote ${file}\n`);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect((await run(['config', 'init', '--config', 'my.ini'], options)).exitCode).toBe(2);
    expect((await run(['config', 'set', 'port', '4010', '--config', 'my.ini'], options)).exitCode).toBe(0);
    expect((await run(['config', 'set', 'account_id', 'DU7654321', '--config', 'my.ini'], options)).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^; Configuration of ibkit[^]*port = 4010/);
    const shown = await run(['config', 'show', '--json', '--config', 'my.ini'], options);
    const document = OUTPUT_SCHEMAS.config.parse(shown.out.documents[0]);
    expect(document.values).toContainEqual({ name: 'port', value: 4010, source: expect.stringContaining('my.ini') as string });
    expect(document.effectivePort).toBe(4010);
    expect((await run(['config', 'show', '--config', 'my.ini'], options)).out.text).not.toContain('DU7654321');
    expect((await run(['config', 'path', '--config', 'my.ini'], options)).out.text).toBe(`${file}\n`);
  });

  it.each([[['config', 'set', 'colour', 'red']], [['config', 'set', 'port', 'many']], [['config', 'init', '--config', 'a.json']], [['config']]])('%j exits 2', async (argv) => {
    expect((await run(argv, { cwd: temporaryDirectory() })).exitCode).toBe(2);
  });

  it('has its usual place, which is read without being named', async () => {
    const home = temporaryDirectory();
    const options = { env: { XDG_CONFIG_HOME: home } };
    expect((await run(['config', 'init'], options)).out.text).toBe(`Wrote ${path.join(home, 'ibkit', 'ibkit.ini')}\n`);
    await run(['config', 'set', 'host', 'box.lan'], options);
    expect((await run(['config', 'show'], options)).out.text).toMatch(/host +box\.lan/);
  });
});

describe('completion', () => {
  it('is a script that bash takes, and completes from the table', async () => {
    const { exitCode, out } = await run(['completion', 'bash']);
    expect(exitCode).toBe(0);
    const complete = (line: string): string[] => {
      const words = line.split(' ');
      const script = `${out.text}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_ibkit\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.split('\n').filter((word) => word !== '');
    };
    expect(complete('ibkit wa')).toEqual(['watch']);
    expect(complete('ibkit order can')).toEqual(['cancel', 'cancel-all']);
    expect(complete('ibkit order buy AAPL 1 --ti')).toEqual(['--tif', '--timeout']);
    expect(complete('ibkit order buy AAPL 1 --tif G')).toEqual(['GTC', 'GTD']);
    expect(complete('ibkit --json completion z')).toEqual(['zsh']);
  });

  it.each(['zsh', 'fish'])('is made for %s', async (shell) => {
    const { exitCode, out } = await run(['completion', shell]);
    expect([exitCode, out.text]).toEqual([0, expect.stringContaining('ibkit')]);
  });

  it('exits 2 for another shell', async () => {
    expect((await run(['completion', 'tcsh'])).exitCode).toBe(2);
  });
});

describe('schema', () => {
  it('lists and prints', async () => {
    expect((await run(['schema'])).out.lines).toContain('positions');
    expect((await run(['schema', 'positions'])).out.text).toContain('"$schema"');
    expect((await run(['schema', 'nothing'])).exitCode).toBe(2);
  });
});

describe('what needs a service that is not there', () => {
  it.each<[number, (string | number)[]]>([
    [2, ['flow', 'status']],
    [3, ['token', 'list']],
    [3, ['daemon', 'status']],
    [0, ['daemon', 'stop']],
    [2, ['daemon', 'logs']],
    [3, ['check', '--via', 'daemon']],
    [2, ['quote', 'SPY', '--via', 'daemon', '--simulate']],
    [2, ['gateway', 'start']],
    [2, ['quote', 'SPY', '--daemon-url', 'nowhere']],
    [2, ['token', 'list', '--token-file', 'nowhere']],
  ])('%i: %j', async (exitCode, argv) => {
    const { exitCode: seen, err } = await run(argv, { env: { IBKIT_STATE_DIR: temporaryDirectory() } });
    expect([seen, err.text]).toEqual([exitCode, expect.not.stringContaining('    at ')]);
  });
});
