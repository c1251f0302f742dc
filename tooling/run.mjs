// The bootstrap behind every npm script of this repository: a bare machine with Node and npm is enough.
// It installs the pinned pnpm's dependency tree when the lockfile changed, then runs one package.json script
// through that pnpm. Node built-ins only, because it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const [script, ...rest] = process.argv.slice(2);

/** Variables that the outer npm hands down and that a user set on purpose; all other npm_* ones would confuse the inner pnpm. */
const KEPT_NPM_VARIABLES = new Set(
  ['registry', 'userconfig', 'globalconfig', 'cache', 'proxy', 'https_proxy', 'noproxy', 'ca', 'cafile', 'strict_ssl', 'nodedir'].map(
    (name) => `npm_config_${name}`,
  ),
);

function say(text) {
  process.stderr.write(`ibkit: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
  if (!supported) {
    fail(`Node ${process.versions.node} is not supported. Install Node 20.19 or later of the 20 line, 22.13 or later of the 22 line, or 24 and newer.`);
  }
}

function cleanEnvironment() {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    const lower = name.toLowerCase();
    if (lower.startsWith('npm_package_') || lower.startsWith('npm_lifecycle_')) continue;
    if (lower.startsWith('npm_config_') && !KEPT_NPM_VARIABLES.has(lower)) continue;
    env[name] = value;
  }
  env.TURBO_TELEMETRY_DISABLED = '1';
  env.TURBO_NO_UPDATE_NOTIFIER = '1';
  env.DO_NOT_TRACK = '1';
  // Part of every task's hash, so that a result cached under one Node version is not taken for another.
  env.RUNTIME_NODE = process.versions.node;
  return env;
}

/** The first signal that reached us: whatever a child makes of it, nothing new is started after it. */
let interruptedBy;

/**
 * npm passes a signal on to the shell that it runs scripts in, and a shell such as dash dies of it without telling us: npm is gone,
 * and we would go on for ever. Losing our parent is that signal.
 */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && interruptedBy === undefined) process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
}

/** Runs a child in the foreground, forwards signals to it, and resolves with its exit code. With `quiet`, what it says is shown only when it fails. */
function run(command, args, { env, detail, from = root, quiet = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: from, env, stdio: quiet ? ['inherit', 'pipe', 'pipe'] : 'inherit', shell: process.platform === 'win32' });
    const said = [];
    if (quiet) for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
    const started = process.hrtime.bigint();
    const elapsed = () => Number((process.hrtime.bigint() - started) / 1_000_000_000n);
    const ticker = detail === undefined ? undefined : setInterval(() => say(`${detail}, ${elapsed()} s so far`), 15_000);
    ticker?.unref();
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (signal) => {
      interruptedBy ??= signal;
      // On a terminal Ctrl-C reaches the whole foreground group already; a second copy would force an unclean end.
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const finish = (code) => {
      if (ticker !== undefined) clearInterval(ticker);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on('error', (error) => {
      say(`cannot start ${command}: ${error.message}`);
      finish(1);
    });
    child.on('close', (code, signal) => {
      if (code !== 0 && interruptedBy === undefined) process.stderr.write(Buffer.concat(said));
      finish(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function installStamp() {
  const hash = createHash('sha256').update(process.version).update(manifest.packageManager);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

async function install(env) {
  const stampFile = path.join(root, 'node_modules', '.ibkit-install');
  const wanted = installStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  rmSync(stampFile, { force: true });
  say(`installing dependencies with ${manifest.packageManager} (first run, or the lockfile changed)`);
  const pnpm = ['exec', '--yes', '--prefer-offline', `--package=${manifest.packageManager}`, '--', 'pnpm'];
  const code = await run('npm', [...pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only', '--loglevel=error'], {
    env: { ...env, CI: 'true' },
    detail: 'still installing',
  });
  if (code !== 0) fail(`the installation failed with exit code ${code}; the lines above say why`);
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
}

/**
 * Starts the processes that check the code of many members (see tooling/presets/code-check/workshop.js) and says where they listen. They end
 * when we do, however that comes about. Without them every member's check loads all that it needs by itself, which takes longer.
 */
function openWorkshop(env) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ibkit-'));
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\${path.basename(folder)}` : path.join(folder, 'workshop');
  const size = Math.min(2, availableParallelism());
  const child = spawn(process.execPath, [path.join(root, 'tooling', 'presets', 'code-check', 'workshop.js'), address, String(size)], { cwd: root, env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const close = () => {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address, close };
}

const turbo = [path.join(root, 'node_modules', 'turbo', 'bin', 'turbo'), '--no-color'];
const errorsOnly = '--output-logs=errors-only';

/** What each npm script of the root does once the dependencies are there: commands in order; the user's arguments go where it says so. */
const JOBS = {
  start: [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/main-job...', '--filter=@ibkit/daemon...', '--filter=@ibkit/cli...'] },
    { command: [path.join(root, 'tooling', 'main-job', 'dist', 'main.js')], takesArguments: true },
  ],
  test: [
    { says: 'checking the tier rule', command: [...turbo, 'boundaries'] },
    { says: 'building, type-checking, linting and testing every member, then the tarballs (some minutes from nothing, seconds when nothing changed)', workshop: true, command: [...turbo, 'run', 'build', 'check:code', 'test', 'check:pack', errorsOnly], takesArguments: true },
  ],
  'test:live': [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/live-test...'] },
    { command: [path.join(root, 'tooling', 'live-test', 'dist', 'main.js')], takesArguments: true },
  ],
  'test:dashboard': [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/dashboard-e2e...'] },
    { command: [path.join(root, 'tooling', 'dashboard-e2e', 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', path.join(root, 'tooling', 'dashboard-e2e')], takesArguments: true },
  ],
  build: [{ command: [...turbo, 'run', 'build'], takesArguments: true }],
  bench: [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/bench...'] },
    { command: [path.join(root, 'tooling', 'bench', 'dist', 'main.js')], takesArguments: true },
  ],
  fuzz: [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/fuzz...'] },
    { command: [path.join(root, 'tooling', 'fuzz', 'dist', 'main.js')], takesArguments: true },
  ],
  chaos: [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/chaos...'] },
    { command: [path.join(root, 'tooling', 'chaos', 'dist', 'main.js')], takesArguments: true },
  ],
  'release:check': [
    { says: 'building what is published', command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=./packages/*', '--filter=./apps/*'] },
    { says: 'releasing to a registry on loopback', command: ['--import', 'tsx', 'src/main.ts'], from: path.join(root, 'tooling', 'release-check'), takesArguments: true },
  ],
  soak: [
    { says: 'building what changed', quiet: true, command: [...turbo, 'run', 'build', errorsOnly, '--log-order=grouped', '--filter=@ibkit/bench...'] },
    { command: ['--expose-gc', path.join(root, 'tooling', 'bench', 'dist', 'soak-main.js')], takesArguments: true },
  ],
  // From the sources, without a build.
  docs: [{ command: ['--conditions=@ibkit/source', '--import', 'tsx', 'src/main.ts'], from: path.join(root, 'tooling', 'docs-site'), takesArguments: true }],
  // From the sources, without a build: it clones what is committed, takes features out of the clone and runs the tests that docs/features.md quotes.
  features: [{ command: ['--conditions=@ibkit/source', '--import', 'tsx', 'src/main.ts'], from: path.join(root, 'tooling', 'take-out'), takesArguments: true }],
  // One check does both: they read the same program.
  lint: [{ workshop: true, command: [...turbo, 'run', 'check:code', errorsOnly], takesArguments: true }],
  typecheck: [{ workshop: true, command: [...turbo, 'run', 'check:code', errorsOnly], takesArguments: true }],
};

checkNode();
const job = JOBS[script];
if (job === undefined) fail(`usage: node tooling/run.mjs ${Object.keys(JOBS).join('|')} [ARGUMENT...]`);
stopWithNpm();
const env = cleanEnvironment();
await install(env);
// turbo starts the pnpm that it finds, so it must find the pinned one, by an absolute path.
env.PATH = `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${env.PATH ?? ''}`;
for (const { says, quiet, workshop, command, from, takesArguments } of job) {
  if (says !== undefined) say(says);
  const open = workshop === true ? openWorkshop(env) : undefined;
  const code = await run(process.execPath, takesArguments ? [...command, ...rest] : command, {
    env: open === undefined ? env : { ...env, CODE_CHECK_WORKSHOP: open.address },
    detail: says === undefined ? undefined : 'still at it',
    from,
    quiet,
  });
  open?.close();
  process.exitCode = code;
  if (code !== 0) break;
  if (interruptedBy !== undefined && job.at(-1).command !== command) {
    process.exitCode = 128 + constants.signals[interruptedBy];
    break;
  }
}
