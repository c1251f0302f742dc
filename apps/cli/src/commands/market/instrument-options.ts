import type { OptionSpec } from '../../program/command-spec.js';

/** What tells instruments of one symbol apart. */
export const INSTRUMENT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--sec-type <type>', summary: 'STK (default), OPT, FUT, CASH, IND, CRYPTO, ...' },
  { flags: '--exchange <exchange>', summary: 'SMART, CME, IDEALPRO, ...' },
  { flags: '--currency <currency>', summary: 'such as USD' },
  { flags: '--expiry <day>', summary: 'last trading day YYYY-MM-DD, or the contract month YYYYMM' },
  { flags: '--strike <price>', summary: 'of an option' },
  { flags: '--right <right>', summary: 'of an option', choices: ['C', 'P'] },
];

/** What kind of data is taken. */
export const DELAYED_OPTION: OptionSpec = { flags: '--delayed', summary: 'accept delayed data where live data is not subscribed' };

/** How a stream ends by itself. */
export const STREAM_OPTIONS: readonly OptionSpec[] = [
  { flags: '--for <duration>', summary: 'stop by itself after this time' },
  { flags: '--count <n>', summary: 'stop by itself after this many updates' },
];
