export { EXIT } from './output/exit-codes.js';
export type { ExitCode } from './output/exit-codes.js';
export type { Io, TextSink } from './terminal/io.js';
export { main } from './program/program.js';
export { processIo } from './terminal/process-io.js';
