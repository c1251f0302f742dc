// The registry on loopback, in a process of its own: argv is its folder. It prints its port, and ends when its input does.
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { runServer } from 'verdaccio';

const [folder = '.'] = process.argv.slice(2);

// Only our scope: everything else comes from the registry that the machine is configured for.
const everybody = { access: '$all', publish: '$all', unpublish: '$all' };
const app: unknown = await runServer({
  self_path: path.join(folder, 'config.yaml'),
  storage: path.join(folder, 'storage'),
  auth: {},
  uplinks: {},
  packages: { '@ibkit/*': everybody },
  max_body_size: '50mb',
  web: { enable: false },
  log: { type: 'stdout', level: 'fatal', format: 'json' },
});

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function';
}

function isServer(value: unknown): value is ReturnType<typeof createServer> {
  return typeof value === 'object' && value !== null && 'listen' in value && typeof value.listen === 'function';
}

const server = isServer(app) ? app : isListener(app) ? createServer(app) : undefined;
if (server === undefined) throw new Error('verdaccio gave no server');
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ event: 'listening', port: typeof address === 'object' ? address?.port : undefined })}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
