import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenToSignals } from './signals.js';

describe('listenToSignals', () => {
  it('asks for a tidy end first and forces the second time', () => {
    const source = new EventEmitter();
    const exits: number[] = [];
    const { stop } = listenToSignals(source, { exit: (code) => exits.push(code), inTerminal: false });
    expect(stop.aborted).toBe(false);
    source.emit('SIGTERM');
    expect([stop.aborted, exits]).toEqual([true, []]);
    source.emit('SIGINT');
    source.emit('SIGTERM');
    expect(exits).toEqual([130, 143]);
  });

  it('takes SIGHUP for a wish to read files again, and in a terminal for its end', () => {
    const [service, terminal] = [new EventEmitter(), new EventEmitter()];
    const exits: number[] = [];
    let reloads = 0;
    const signals = listenToSignals(service, { exit: (code) => exits.push(code), inTerminal: false });
    service.emit('SIGHUP');
    signals.onReload(() => { reloads += 1; });
    service.emit('SIGHUP');
    service.emit('SIGHUP');
    expect([reloads, signals.stop.aborted]).toEqual([2, false]);
    const inTerminal = listenToSignals(terminal, { exit: (code) => exits.push(code), inTerminal: true });
    terminal.emit('SIGHUP');
    terminal.emit('SIGHUP');
    expect([inTerminal.stop.aborted, exits]).toEqual([true, []]);
  });
});
