import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SCOPES } from '@ibkit/api-contract';
import type { Scope } from '@ibkit/api-contract';
import { ConfigurationError } from '@ibkit/error-codes';

interface StoredToken {
  readonly name: string;
  readonly scope: Scope;
  readonly sha256: string;
  readonly createdAt: string;
}

const TOKEN_FILE = 'admin.token';
const STORE_FILE = 'tokens.json';

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function isStoredToken(value: unknown): value is StoredToken {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'scope' in value && 'sha256' in value &&
    typeof value.name === 'string' && typeof value.sha256 === 'string' && /^[0-9a-f]{64}$/.test(value.sha256) &&
    SCOPES.some((scope) => scope === value.scope)
  );
}

async function readStore(file: string): Promise<readonly StoredToken[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const broken = (cause?: unknown): ConfigurationError =>
    new ConfigurationError({
      problems: [{ path: file, rule: 'must be the token store that the daemon wrote; move it away to start with a new admin token' }],
      cause,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw broken(error);
  }
  if (!Array.isArray(parsed) || !parsed.every(isStoredToken)) throw broken();
  return parsed;
}

async function writePrivately(file: string, text: string): Promise<void> {
  const next = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(next, text, { mode: 0o600, flag: 'wx' });
  await rename(next, file);
  await chmod(file, 0o600);
}

/**
 * The bearer tokens of the API. Only their hashes are kept; the admin token that the first start makes is written once,
 * into a file that only this user can read.
 */
export class TokenStore {
  /** Where the local user finds the admin token. */
  readonly tokenFile: string;
  readonly #tokens: readonly StoredToken[];

  private constructor(tokenFile: string, tokens: readonly StoredToken[]) {
    this.tokenFile = tokenFile;
    this.#tokens = tokens;
  }

  /**
   * Opens the store of a state directory, making directory, store and admin token on the first start.
   * @throws ConfigurationError when the stored file cannot be understood.
   */
  static async open(stateDir: string, nowMs: number): Promise<TokenStore> {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const storeFile = path.join(stateDir, STORE_FILE);
    const tokenFile = path.join(stateDir, TOKEN_FILE);
    const known = await readStore(storeFile);
    if (known !== undefined) return new TokenStore(tokenFile, known);
    const token = randomBytes(32).toString('base64url');
    const admin: StoredToken = { name: 'admin', scope: 'admin', sha256: sha256(token).toString('hex'), createdAt: new Date(nowMs).toISOString() };
    // The token first: a crash in between leaves a token that opens nothing, not a store that nobody can open.
    await writePrivately(tokenFile, `${token}\n`);
    await writePrivately(storeFile, `${JSON.stringify([admin], null, 2)}\n`);
    return new TokenStore(tokenFile, [admin]);
  }

  /** The scope of a presented token, compared in constant time per stored token; `undefined` when it is none of ours. */
  scopeOf(presented: string): Scope | undefined {
    const hash = sha256(presented);
    let found: Scope | undefined;
    for (const token of this.#tokens) if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), hash)) found = token.scope;
    return found;
  }
}

/** Whether a token of scope `held` may use a route that needs `needed`. */
export function allows(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}
