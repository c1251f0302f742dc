import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApiNewToken, ApiToken, ApiTokenRequest } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import { RequestError, SystemError, isIbkrError } from '@ibkit/error-codes';
import type { Caller } from './caller.js';
import { readIfThere, writePrivately } from './private-file.js';
import { newSecret, readTokens, sha256, tokenView, writeTokens } from './stored-token.js';
import type { StoredToken } from './stored-token.js';

const TOKEN_FILE = 'admin.token';
const STORE_FILE = 'tokens.json';
/** How long the moment of the last use may be missing from the file: it is worth no write per request. */
const SAVE_USES_AFTER_MS = 60_000;
/** Revoked and expired tokens are listed that long. */
const REMEMBER_MS = 30 * 24 * 60 * 60 * 1000;
/** Timers hold no more (2^31 - 1 ms). */
const LONGEST_TIMER_MS = 2_147_483_647;

/** What became of a token. */
export type TokenEnd = 'revoked' | 'expired';

/** What a {@link TokenStore} is opened with. */
export interface TokenStoreOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  /** Told when the file could not be written in the background. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

function isOver({ revokedAtMs, expiresAtMs }: StoredToken, nowMs: number): boolean {
  return revokedAtMs !== undefined || (expiresAtMs !== undefined && expiresAtMs <= nowMs);
}

/**
 * The bearer tokens of the API. Only their hashes are kept, in a file that only this user can read; the admin token that the first start
 * makes is written once into a file of its own.
 *
 * It must be the only one of its directory: the daemon holds the owner's lock while it is open.
 */
export class TokenStore implements AsyncDisposable {
  /** Where the local user finds the admin token. */
  readonly tokenFile: string;
  readonly #storeFile: string;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  readonly #listeners = new Set<(tokenId: string, why: TokenEnd) => void>();
  readonly #uses = new Map<string, number>();
  #tokens: readonly StoredToken[];
  #writing: Promise<void> = Promise.resolve();
  /** Tokens whose end could not be written down. */
  readonly #unwritten = new Set<string>();
  #saveTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;
  #closed = false;

  private constructor({ clock, onFailure }: TokenStoreOptions, tokenFile: string, storeFile: string, tokens: readonly StoredToken[]) {
    this.tokenFile = tokenFile;
    this.#storeFile = storeFile;
    this.#clock = clock;
    this.#onFailure = onFailure ?? ((): void => undefined);
    this.#tokens = tokens;
    this.#watchExpiry();
  }

  /**
   * Opens the store of a state directory, making directory, store and admin token on the first start.
   * @throws ConfigurationError when the stored file cannot be understood.
   */
  static async open(options: TokenStoreOptions): Promise<TokenStore> {
    const { stateDir, clock } = options;
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const storeFile = path.join(stateDir, STORE_FILE);
    const tokenFile = path.join(stateDir, TOKEN_FILE);
    const known = await readIfThere(storeFile);
    if (known !== undefined) return new TokenStore(options, tokenFile, storeFile, readTokens(known, storeFile));
    const secret = newSecret();
    const admin: StoredToken = { id: newId(), name: 'admin', scope: 'admin', sha256: sha256(secret).toString('hex'), quota: {}, createdAtMs: clock.now() };
    // The token first: a crash in between leaves a token that opens nothing, not a store that nobody can open.
    await writePrivately(tokenFile, `${secret}\n`);
    await writePrivately(storeFile, writeTokens([admin]));
    return new TokenStore(options, tokenFile, storeFile, [admin]);
  }

  /** Who a presented secret belongs to, compared in constant time per token; `undefined` when it is none of ours, or not any more. */
  find(secret: string): Caller | undefined {
    const hash = sha256(secret);
    let found: StoredToken | undefined;
    for (const token of this.#tokens) if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), hash)) found = token;
    return found === undefined || isOver(found, this.#clock.now()) ? undefined : callerOf(found);
  }

  /** Whether a text is the secret of a token, also of one that is over. */
  isSecret(text: string): boolean {
    const hash = sha256(text);
    return this.#tokens.some((token) => timingSafeEqual(Buffer.from(token.sha256, 'hex'), hash));
  }

  /** The caller of a token that may still be used. */
  byId(id: string): Caller | undefined {
    const found = this.#tokens.find((token) => token.id === id);
    return found === undefined || isOver(found, this.#clock.now()) ? undefined : callerOf(found);
  }

  /** Notes that a token was used now. */
  used(id: string): void {
    this.#uses.set(id, this.#clock.now());
    if (this.#closed) return;
    this.#saveTimer ??= this.#clock.setTimer(SAVE_USES_AFTER_MS, () => {
      this.#saveTimer = undefined;
      this.#change((tokens) => tokens).catch(this.#onFailure);
    }, { keepAlive: false });
  }

  /** Every token, without its secret, also those that ended within the last 30 days. */
  list(): ApiToken[] {
    return this.#withUses(this.#tokens).map(tokenView);
  }

  /**
   * Makes a token and writes it down; the secret is told this once. One that could not be written down is none.
   * @throws SystemError `IBKR_TOKEN_NOT_WRITTEN`; RequestError `IBKR_TOKEN_NAME_TAKEN` when a token that may still be used has the name.
   */
  async create({ name, scope, accounts, expiresInMs, quota }: ApiTokenRequest): Promise<ApiNewToken> {
    const nowMs = this.#clock.now();
    const secret = newSecret();
    const token: StoredToken = {
      id: newId(), name, scope, sha256: sha256(secret).toString('hex'), accounts, quota: quota ?? {}, createdAtMs: nowMs,
      expiresAtMs: expiresInMs === undefined ? undefined : nowMs + expiresInMs,
    };
    await this.#change((tokens) => {
      if (tokens.some((known) => known.name === name && !isOver(known, nowMs))) {
        throw new RequestError({ code: 'IBKR_TOKEN_NAME_TAKEN', message: `There is a token named ${JSON.stringify(name)} already: choose another name, or revoke that one first.` });
      }
      return [...tokens.filter((known) => !isForgotten(known, nowMs)), token];
    });
    return { token: tokenView(token), secret };
  }

  /**
   * Revokes a token for ever and writes that down; what it holds open ends. Revoking it again changes nothing. It opens nothing any more also when that could not be
   * written down.
   * @throws SystemError `IBKR_TOKEN_NOT_WRITTEN`: it is revoked until the next start; RequestError `IBKR_TOKEN_NOT_FOUND`, or `IBKR_TOKEN_LAST_ADMIN` for the last admin token that may be used.
   */
  async revoke(id: string): Promise<ApiToken> {
    const nowMs = this.#clock.now();
    const known = this.#tokens.find((token) => token.id === id);
    if (known?.revokedAtMs !== undefined && !this.#unwritten.has(id)) return tokenView(known);
    const revoking = (before: readonly StoredToken[]): readonly StoredToken[] => {
      const found = before.find((token) => token.id === id);
      if (found === undefined) throw new RequestError({ code: 'IBKR_TOKEN_NOT_FOUND', message: 'There is no token with this id: `ibkit token list`, or `GET /v1/tokens`, has them all.' });
      if (found.scope === 'admin' && !before.some((token) => token.id !== id && isLastingAdmin(token, nowMs))) {
        throw new RequestError({ code: 'IBKR_TOKEN_LAST_ADMIN', message: 'Without this one there is no admin token that lasts: make another before it is revoked, or nobody could make tokens any more.' });
      }
      return before.map((token) => (token.id === id ? { ...token, revokedAtMs: token.revokedAtMs ?? nowMs } : token));
    };
    const tokens = await this.#change(revoking).catch((error: unknown) => {
      if (!isIbkrError(error) || error.code !== 'IBKR_TOKEN_NOT_WRITTEN') throw error;
      // Somebody who revokes a token has a reason, and a disk that is full is none to let it in.
      this.#tokens = revoking(this.#tokens);
      this.#unwritten.add(id);
      this.#tell(id, 'revoked');
      throw notWritten(error, 'The token opens nothing any more, but that could not be written down: after a restart it would. Make room on the disk and revoke it again');
    });
    this.#unwritten.delete(id);
    this.#tell(id, 'revoked');
    const revoked = tokens.find((token) => token.id === id);
    if (revoked === undefined) throw new RequestError({ code: 'IBKR_TOKEN_NOT_FOUND', message: 'There is no token with this id any more.' });
    return tokenView(revoked);
  }

  /** Calls `listener` for every token that is revoked or expires, so that what it holds open can be ended. @returns what stops that */
  onEnded(listener: (tokenId: string, why: TokenEnd) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes down what is not yet, and stops. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#expiryTimer?.cancel();
    const unsaved = this.#saveTimer !== undefined;
    this.#saveTimer?.cancel();
    this.#saveTimer = undefined;
    // When a token was used last is not worth an end that fails.
    if (unsaved) await this.#change((tokens) => tokens).catch(this.#onFailure);
    else await this.#writing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One change after the other; what could not be written down has not happened. */
  #change(change: (tokens: readonly StoredToken[]) => readonly StoredToken[]): Promise<readonly StoredToken[]> {
    const run = this.#writing.then(async () => {
      const tokens = this.#withUses(change(this.#tokens));
      await writePrivately(this.#storeFile, writeTokens(tokens)).catch((error: unknown) => {
        throw notWritten(error, 'The tokens could not be written down, so nothing was changed');
      });
      this.#unwritten.clear();
      this.#tokens = tokens;
      this.#watchExpiry();
      return tokens;
    });
    this.#writing = run.then(() => undefined, () => undefined);
    return run;
  }

  #withUses(tokens: readonly StoredToken[]): readonly StoredToken[] {
    return tokens.map((token) => ({ ...token, lastUsedAtMs: this.#uses.get(token.id) ?? token.lastUsedAtMs }));
  }

  #watchExpiry(): void {
    this.#expiryTimer?.cancel();
    const nowMs = this.#clock.now();
    const next = this.#tokens.flatMap((token) => (isOver(token, nowMs) || token.expiresAtMs === undefined ? [] : [token.expiresAtMs]));
    if (next.length === 0 || this.#closed) return;
    const watched = this.#tokens.filter((token) => !isOver(token, nowMs));
    this.#expiryTimer = this.#clock.setTimer(Math.min(Math.max(0, Math.min(...next) - nowMs), LONGEST_TIMER_MS), () => {
      const atMs = this.#clock.now();
      for (const { id, revokedAtMs } of this.#tokens) {
        const before = watched.find((token) => token.id === id);
        if (before !== undefined && revokedAtMs === undefined && isOver(before, atMs)) this.#tell(id, 'expired');
      }
      this.#watchExpiry();
    }, { keepAlive: false });
  }

  #tell(tokenId: string, why: TokenEnd): void {
    for (const listener of [...this.#listeners]) listener(tokenId, why);
  }
}

function notWritten(cause: unknown, what: string): SystemError {
  const why = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && !cause.code.startsWith('IBKR_') ? ` (${cause.code})` : '';
  return new SystemError({ code: 'IBKR_TOKEN_NOT_WRITTEN', message: `${what}${why}.`, cause, tips: ['Look at the disk of the state directory: is it full, read-only or gone?'] });
}

function isLastingAdmin(token: StoredToken, nowMs: number): boolean {
  return token.scope === 'admin' && token.accounts === undefined && token.expiresAtMs === undefined && !isOver(token, nowMs);
}

function isForgotten(token: StoredToken, nowMs: number): boolean {
  const endedAtMs = token.revokedAtMs ?? token.expiresAtMs;
  return endedAtMs !== undefined && endedAtMs <= nowMs - REMEMBER_MS;
}

function newId(): string {
  return randomBytes(9).toString('base64url');
}

function callerOf({ id, name, scope, accounts, quota }: StoredToken): Caller {
  return { tokenId: id, name, scope, accounts, quota };
}
