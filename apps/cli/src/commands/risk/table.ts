import type { CommandArea } from '../../program/command-spec.js';

const REASON = { flags: '--reason <text>', summary: 'who, and what for: written down' } as const;

/** What may be sent, and what was. */
export const RISK_COMMANDS: CommandArea = {
  title: 'Safety',
  commands: [
    {
      name: 'reconcile',
      summary: 'Compares the journal with the broker now.',
      options: [{ flags: '--last', summary: 'show what the latest comparison found, and compare nothing' }],
      examples: ['ibkit reconcile', 'ibkit reconcile --last --json'],
      output: { schema: 'reconcile' },
      load: async () => (await import('./reconcile.js')).reconcile,
    },
    {
      name: 'audit',
      summary: 'Every decision, message and outcome of orders, from the journal.',
      options: [
        { flags: '--from <time>', summary: 'from this day or time on, such as 2026-11-20 or 2026-11-20T14:30:00Z' },
        { flags: '--to <time>', summary: 'before this day or time' },
        { flags: '--order <key>', summary: 'one order alone, every attempt and refusal included' },
        { flags: '--format <format>', summary: 'text (default), jsonl (with --json) or csv', choices: ['text', 'jsonl', 'csv'] },
        { flags: '--redact', summary: 'without accounts, keys and tags' },
        { flags: '--verify', summary: 'prove instead that no record was changed, taken out or put in' },
      ],
      examples: ['ibkit audit --order rebalance-7', 'ibkit audit --from 2026-11-20 --format csv > trail.csv', 'ibkit audit --verify'],
      output: { schema: 'audit-line', lines: true, when: [{ flag: '--verify', schema: 'audit-verification' }] },
      load: async () => (await import('./audit.js')).audit,
    },
    {
      name: 'arm',
      summary: 'Allow live orders in one account for a while.',
      options: [{ flags: '--for <duration>', summary: 'how long, such as 15m, at most 8h', required: true }, REASON, { flags: '--yes', summary: 'no question; needed in a pipe' }],
      examples: ['ibkit arm --live --account-id U1234567 --for 15m --reason "rebalance"'],
      output: { schema: 'arm' },
      load: async () => (await import('./arm.js')).arm,
    },
    {
      name: 'disarm',
      summary: 'End an arming.',
      options: [REASON],
      examples: ['ibkit disarm --live'],
      output: { schema: 'switched' },
      load: async () => (await import('./arm.js')).disarm,
    },
    {
      name: 'kill',
      summary: 'The kill switch: cancels our orders, and sends none any more until it is released.',
      options: [
        { flags: '--all', summary: 'cancel the orders of others, too: other clients, and those made by hand', conflicts: 'release' },
        { flags: '--release', summary: 'switch it off' },
        REASON,
      ],
      examples: ['ibkit kill --reason "too wild"', 'ibkit kill --all', 'ibkit kill --release'],
      output: { schema: 'cancel-all', when: [{ flag: '--release', schema: 'switched' }] },
      load: async () => (await import('./kill.js')).kill,
    },
  ],
};
