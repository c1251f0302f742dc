// Checks the code of many members in a few processes that load the compiler, the linter and the declarations that all members share
// once: most of what a check of its own costs. Started by tooling/run.mjs, which closes our standard input when it is done or gone.
// Arguments: the address to listen at, and how many processes may work.
import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const [address, size = '2'] = process.argv.slice(2);
const waiting = [];
const idle = [];
let working = 0;

function hire() {
  const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const worker = { child, job: undefined };
  child.on('message', (verdict) => {
    worker.job?.end(`${JSON.stringify(verdict)}\n`);
    worker.job = undefined;
    // One that grew large is let go, its memory with it; the next job hires another.
    if (verdict.large) child.disconnect();
    else idle.push(worker);
    working -= 1;
    assign();
  });
  child.on('exit', () => {
    const place = idle.indexOf(worker);
    if (place >= 0) idle.splice(place, 1);
    if (worker.job === undefined) return;
    // Without a verdict: whoever asked does the work itself.
    worker.job.destroy();
    worker.job = undefined;
    working -= 1;
    assign();
  });
  child.on('error', () => undefined);
  return worker;
}

function assign() {
  while (waiting.length > 0 && working < Number(size)) {
    const { socket, request } = waiting.shift();
    const worker = idle.pop() ?? hire();
    working += 1;
    worker.job = socket;
    worker.child.send(request, (error) => { if (error !== null) worker.child.kill(); });
  }
}

const server = createServer((socket) => {
  let said = '';
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text) => {
    said += text;
    if (!said.endsWith('\n')) return;
    waiting.push({ socket, request: JSON.parse(said) });
    assign();
  });
});
server.listen(address);
process.stdin.on('end', () => { process.exit(); }).resume();
