import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cliProgram, cpuOf } from './start.js';

it('tells the CPU time of a process, and not of one that fails', async () => {
  const report = path.join(mkdtempSync(path.join(tmpdir(), 'ibkit-start-')), 'report.cjs');
  writeFileSync(report, "process.on('exit', () => { require('node:fs').writeSync(3, '12.5'); });\n");
  expect(await cpuOf(report, ['-e', '0'])).toBe(12.5);
  await expect(cpuOf(report, ['-e', 'process.exitCode = 1'])).rejects.toThrow('ended with 1');
});

it('says that the command line is not built where there is none', () => {
  expect(() => cliProgram(tmpdir())).toThrow('apps/cli is not built');
});
