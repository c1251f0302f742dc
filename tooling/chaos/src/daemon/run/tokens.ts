import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isIbkrError } from '@ibkit/error-codes';
import { DaemonClient } from '@ibkit/websocket-provider';
import { said } from '../clients/api-caller.js';
import type { DaemonFinding } from '../judge/judge-daemon.js';

/** The status of the answer that an error stands for. */
function statusOf(error: unknown): string {
  const status = isIbkrError(error) ? error.details['status'] : undefined;
  return typeof status === 'number' ? String(status) : said(error);
}

/** More than anybody asks for here. */
const QUOTA = { requestsPerMinute: 100_000 } as const;

/** The tokens of a run: made once, and good, or not, after every start. */
export class RunTokens {
  readonly url: string;
  readonly admin: DaemonClient;
  readonly adminSecret: string;
  readonly trade: string;
  readonly read: string;
  readonly #revoked: string;

  private constructor(url: string, admin: DaemonClient, secrets: { readonly admin: string; readonly trade: string; readonly read: string; readonly revoked: string }) {
    this.url = url;
    this.admin = admin;
    this.adminSecret = secrets.admin;
    this.trade = secrets.trade;
    this.read = secrets.read;
    this.#revoked = secrets.revoked;
  }

  /** Makes them with the admin token that the daemon wrote. */
  static async make(url: string, stateDir: string): Promise<RunTokens> {
    const secret = (await readFile(path.join(stateDir, 'admin.token'), 'utf8')).trim();
    const admin = new DaemonClient({ url, token: secret });
    const [trade, read, revoked] = [
      await admin.createToken({ body: { name: 'trader', scope: 'trade', quota: QUOTA } }),
      await admin.createToken({ body: { name: 'watcher', scope: 'read', quota: QUOTA } }),
      await admin.createToken({ body: { name: 'gone', scope: 'admin' } }),
    ];
    await admin.revokeToken({ id: revoked.token.id });
    return new RunTokens(url, admin, { admin: secret, trade: trade.secret, read: read.secret, revoked: revoked.secret });
  }

  /** What is wrong with them now. */
  async check(): Promise<readonly DaemonFinding[]> {
    const findings: DaemonFinding[] = [];
    const expect = async (who: string, secret: string, wanted: string, call: (client: DaemonClient) => Promise<unknown>): Promise<void> => {
      const client = new DaemonClient({ url: this.url, token: secret });
      const got = await call(client).then(() => 'taken', (error: unknown) => statusOf(error));
      await client.close();
      if (got !== wanted) findings.push({ kind: 'tokens', key: who, text: `${got} instead of ${wanted}` });
    }; // prettier-ignore
    await expect('a token that may read', this.read, 'taken', (client) => client.risk({}));
    await expect('a token that may read, placing', this.read, '403', (client) => client.cancelOrder({ id: 'none' }));
    await expect('a token that may trade', this.trade, 'taken', (client) => client.risk({}));
    await expect('the admin token', this.adminSecret, 'taken', (client) => client.tokens({}));
    await expect('a revoked token', this.#revoked, '401', (client) => client.tokens({}));
    return findings;
  }

  async close(): Promise<void> {
    await this.admin.close();
  }
}
