// The main job of the repository, `npm start`: the daemon on the embedded simulator, seen through its own API until Ctrl-C.
import process from 'node:process';
import { processIo } from './process-io.js';
import { runMainJob } from './run.js';

process.exitCode = await runMainJob(process.argv.slice(2), processIo());
