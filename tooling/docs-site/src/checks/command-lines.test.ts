import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { quotedCommands } from '../markdown/command-lines.js';
import { ROOT, documents } from '../repository.js';
import { commandTable, daemonFaultOf, faultOf } from './command-table.js';

const TABLE = commandTable();

function faultsOf(markdown: string): readonly string[] {
  return quotedCommands(markdown).flatMap(({ program, text, words }) => {
    const fault = program === 'ibkit' ? faultOf(TABLE, words) : daemonFaultOf(TABLE, words);
    return fault === undefined ? [] : [`${text}: ${fault}`];
  });
}

describe('the commands that the documents quote', () => {
  it.each(documents())('parse in %s', (page) => {
    expect(faultsOf(readFileSync(path.join(ROOT, page), 'utf8'))).toEqual([]);
  });

  it('are found and judged', () => {
    const page = 'Run `ibkit docter`, `ibkit order buy SPY 1 --limt 5 --json`, `ibkitd --simulat` and `ibkit --via daemon status`.\n\n```sh\nIBKIT_PORT=1 ibkit order bye SPY\nibkit watch SPY --json > file.jsonl --nothing\n```\n';
    expect(faultsOf(page)).toEqual([
      'ibkit order bye SPY: there is no command order bye',
      'ibkit docter: there is no command docter',
      'ibkit order buy SPY 1 --limt 5 --json: --limt: no option of ibkit order buy',
      'ibkitd --simulat: --simulat: no option of ibkitd',
    ]);
  });

  it('are held against tables that were read in full', () => {
    expect(TABLE.commands.size).toBeGreaterThan(50);
    expect(TABLE.daemon.flags.size).toBeGreaterThan(20);
    expect(TABLE.globals.flags.has('--via')).toBe(true);
  });
});
