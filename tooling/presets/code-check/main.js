// Checks the types of the member in the current folder and lints it: `npm run check:code` of every member. Within `npm test` a process
// that has everything loaded does the work (see workshop.js); without it, or if it fails to answer, the work is done here.
import { connect } from 'node:net';
import process from 'node:process';

/** The workshop's verdict; nothing when there is no workshop, or when it went away. */
function ask(address, dir) {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(address);
    socket.setEncoding('utf8').on('data', (text) => { said += text; });
    socket.on('connect', () => { socket.write(`${JSON.stringify({ dir })}\n`); });
    socket.on('error', () => { resolve(undefined); });
    socket.on('close', () => { resolve(said.endsWith('\n') ? JSON.parse(said) : undefined); });
  });
}

const dir = process.cwd();
const address = process.env.CODE_CHECK_WORKSHOP;
let verdict = address === undefined || address === '' ? undefined : await ask(address, dir);
if (verdict === undefined) {
  const { checkCode } = await import('./check.js');
  verdict = await checkCode(dir);
}
process.stdout.write(verdict.output);
process.exitCode = verdict.passed ? 0 : 1;
