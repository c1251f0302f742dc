import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';

/** A file as it is served. */
export interface StaticFile {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Of its content, quoted, as `ETag` has it. */
  readonly etag: string;
}

/** Pages may load from the daemon and nowhere else, run no code that is written into them, and be framed by nobody. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

const MISSING_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ibkitd</title></head>
<body><h1>ibkitd</h1><p>The daemon runs. Its dashboard is not part of this build: the API is at <code>/v1/status</code>, its description at <code>/openapi.json</code>.</p></body></html>
`;

function fileOf(name: string, bytes: Buffer): StaticFile | undefined {
  const contentType = TYPES[path.extname(name)];
  return contentType === undefined ? undefined : { contentType, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
}

/**
 * The files of the dashboard by the path that they are served under, all in memory: a request names an entry of this table or nothing, so that
 * no path can lead out of it. Without a dashboard there is one page that says so.
 */
export async function staticFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const table = new Map<string, StaticFile>();
  let names: string[] = [];
  try {
    names = (await readdir(directory, { recursive: true, withFileTypes: true })).flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  for (const name of names) {
    const file = fileOf(name, await readFile(name));
    const served = `/${path.relative(directory, name).split(path.sep).join('/')}`;
    // A source map would tell where it was built.
    if (file !== undefined && !served.endsWith('.map')) table.set(served === '/index.html' ? '/' : served, file);
  }
  const missing = fileOf('index.html', Buffer.from(MISSING_PAGE));
  if (!table.has('/') && missing !== undefined) table.set('/', missing);
  return table;
}
