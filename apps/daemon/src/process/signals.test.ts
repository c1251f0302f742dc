import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stopSignal } from './signals.js';

describe('stopSignal', () => {
  it('asks for a tidy end first and forces the second time', () => {
    const source = new EventEmitter();
    const exits: number[] = [];
    const stop = stopSignal(source, (code) => exits.push(code));
    expect(stop.aborted).toBe(false);
    source.emit('SIGTERM');
    expect([stop.aborted, exits]).toEqual([true, []]);
    source.emit('SIGINT');
    source.emit('SIGTERM');
    expect(exits).toEqual([130, 143]);
  });
});
