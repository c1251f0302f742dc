// Starts `ibkit simulate` on a free port and runs a client program against it: node tooling/interop/run.mjs PROGRAM [ARGUMENT...]
// The port and the control port are the last two arguments of the program.
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const cli = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../apps/cli/dist/main.js');
const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('usage: node tooling/interop/run.mjs PROGRAM [ARGUMENT...]\n');
  process.exit(2);
}
// A simulator that does not come up, or dies first, is a failure.
process.exitCode = 1;
const simulator = spawn(process.execPath, [cli, 'simulate', '--port', '0', '--control-port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
createInterface({ input: simulator.stdout }).once('line', (line) => {
  const { port, controlPort } = JSON.parse(line);
  const client = spawn(program, [...args, String(port), String(controlPort)], { stdio: 'inherit' });
  client.once('close', (code) => {
    process.exitCode = code ?? 1;
    simulator.kill('SIGTERM');
  });
});
