import { describe, expect, it } from 'vitest';
import { WitnessJournal } from './witness-journal.js';
describe('WitnessJournal', () => {
    it('numbers and stamps what happened', () => {
        let nowMs = 100;
        const journal = new WitnessJournal({ clock: { now: () => nowMs }, limit: 10 });
        journal.append('client', 'accepted');
        nowMs = 200;
        journal.append('in', 'reqIds', { clientId: 7, message: { type: 'reqIds' } });
        expect(journal.read()).toEqual([
            { seq: 1, atMs: 100, kind: 'client', type: 'accepted' },
            { seq: 2, atMs: 200, kind: 'in', type: 'reqIds', clientId: 7, message: { type: 'reqIds' } },
        ]);
        expect(journal.lastSeq).toBe(2);
    });
    it('filters by kind, client, type and sequence', () => {
        const journal = new WitnessJournal({ clock: { now: () => 0 }, limit: 10 });
        journal.append('in', 'reqIds', { clientId: 1 });
        journal.append('out', 'nextValidId', { clientId: 1 });
        journal.append('in', 'reqIds', { clientId: 2 });
        const seqs = (filter) => journal.read(filter).map((entry) => entry.seq);
        expect(seqs({ kind: 'in' })).toEqual([1, 3]);
        expect(seqs({ clientId: 1 })).toEqual([1, 2]);
        expect(seqs({ type: 'nextValidId' })).toEqual([2]);
        expect(seqs({ kind: 'in', afterSeq: 1 })).toEqual([3]);
    });
    it('keeps the newest entries up to its limit and never repeats a number', () => {
        const journal = new WitnessJournal({ clock: { now: () => 0 }, limit: 3 });
        for (let count = 0; count < 5000; count += 1)
            journal.append('in', 'reqIds');
        expect(journal.read().map((entry) => entry.seq)).toEqual([4998, 4999, 5000]);
    });
});
