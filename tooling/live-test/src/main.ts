// `npm run test:live`: the checks that only a real paper gateway can pass.
import process from 'node:process';
import { liveTest } from './live-test.js';

process.exitCode = await liveTest(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
