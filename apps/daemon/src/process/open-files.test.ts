import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { fittingConnections, openFileLimit } from './open-files.js';

describe('open files', () => {
  it('leave what the daemon needs itself, and some place for callers', () => {
    expect([undefined, 1_048_576, 1024, 256, 64, 16].map((limit) => fittingConnections(1024, limit))).toEqual([1024, 1024, 896, 128, 16, 8]);
    expect(fittingConnections(5, 1024)).toBe(5);
  });

  it.skipIf(process.platform !== 'linux')('are as many as the system says', () => {
    expect(openFileLimit() ?? 1).toBeGreaterThan(0);
  });
});
