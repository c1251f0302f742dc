import type { CommandArea } from '../../program/command-spec.js';

/** Is everything all right? */
export const CONNECTION_COMMANDS: CommandArea = {
  title: 'Connection',
  commands: [
    {
      name: 'check',
      summary: 'Is the gateway all right? Connects, proves the account, measures the round trip.',
      examples: ['ibkit check', 'ibkit check --live --port 4001 --json'],
      output: { schema: 'check' },
      load: async () => (await import('./check.js')).check,
    },
    {
      name: 'doctor',
      summary: 'Asks one thing after the other, from the name of the host to a price, and says what to do about the first that is wrong.',
      details: 'Exits 0 when everything is all right or only degraded (the warnings are printed), and 3 when it is broken. Each question is given --timeout at most.',
      options: [
        { flags: '--symbol <symbol>', summary: 'the instrument whose price is asked for (default SPY)' },
        { flags: '--no-quote', summary: 'ask for no price' },
      ],
      examples: ['ibkit doctor', 'ibkit doctor --live --account-id U1234567', 'ibkit doctor --json'],
      output: { schema: 'doctor' },
      load: async () => (await import('./doctor.js')).doctor,
    },
    {
      name: 'status',
      summary: 'The connection layer by layer, whether data and orders are ready, and what went wrong lately.',
      examples: ['ibkit status', 'ibkit status --via daemon --json'],
      output: { schema: 'status' },
      load: async () => (await import('./status.js')).status,
    },
  ],
};
