export { EXIT } from './exit-codes.js';
export type { ExitCode } from './exit-codes.js';
export type { Io, TextSink } from './io.js';
export { main } from './program.js';
export { processIo } from './process-io.js';
