import { readFile, stat } from 'node:fs/promises';
import type { Clock, Timer } from '@ibkit/clock';
import type { Alarms } from '@ibkit/core-connection';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CertificateFacts, ServerTls } from '../http/server-tls.js';
import type { DaemonLogger } from '../log.js';
import type { TlsSettings } from '../settings/settings.js';

/** How often it is looked whether the files are others, milliseconds. */
const LOOK_EVERY_MS = 5000;
const DAY_MS = 86_400_000;
/** A certificate that ends within this time should have been renewed long ago. */
const WARN_MS = 7 * DAY_MS;
const BROKEN = 'tls-certificate';
const ENDING = 'tls-certificate-ends';
const OVER = 'tls-certificate-over';

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads the files of TLS. @throws ConfigurationError that names the flag and the file */
export async function readTls({ certFile, keyFile, clientCaFile }: TlsSettings): Promise<ServerTls> {
  const read = async (flag: string, file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (error) {
      throw new ConfigurationError({ problems: [{ path: flag, value: file, rule: `must be a file that can be read (${reasonOf(error)})` }], cause: error });
    }
  };
  const [cert, key, clientCa] = [await read('--tls-cert', certFile), await read('--tls-key', keyFile), clientCaFile === undefined ? undefined : await read('--tls-client-ca', clientCaFile)];
  return { cert, key, clientCa };
}

/** What {@link TlsPart} is made from. */
export interface TlsPartOptions {
  readonly clock: Clock;
  readonly log: DaemonLogger;
  readonly alarms: Pick<Alarms, 'raise' | 'resolve'>;
  readonly files: TlsSettings;
  /** What is in use. */
  readonly facts: CertificateFacts;
  /** Puts others in their place; throws, and changes nothing, when they are none. */
  readonly renew: (tls: ServerTls) => CertificateFacts;
}

/**
 * Keeps certificate, key and authorities of clients up to date: they are read again when the files have changed, and when somebody asks. What cannot be
 * used is told as an alarm, and what was used before stays in use. So is a certificate that ends soon.
 */
export class TlsPart implements AsyncDisposable {
  readonly #options: TlsPartOptions;
  #facts: CertificateFacts;
  /** The files as they were when they were last read. */
  #read: string | undefined;
  /** The files as they were at the last look: they are read once they have stayed so. */
  #seen: string | undefined;
  #timer: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #isClosed = false;

  constructor(options: TlsPartOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#judge();
  }

  /** Notes how the files are and begins to watch them. Those that change between the start and this are read at the first look. */
  async begin(readState: string): Promise<void> {
    this.#read = readState;
    this.#seen = await tlsFileState(this.#options.files);
    this.#later();
  }

  /** Reads the files again. @returns whether what they hold is in use now; why not is in the log and an alarm */
  reload(): Promise<boolean> {
    this.#running ??= this.#reload().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #reload(): Promise<boolean> {
    const { files, renew, log, alarms } = this.#options;
    const state = await tlsFileState(files);
    try {
      const facts = renew(await readTls(files));
      const isNew = facts.fingerprint !== this.#facts.fingerprint;
      this.#facts = facts;
      log.info({ fingerprint: facts.fingerprint, until: new Date(facts.endsAtMs).toISOString() }, isNew ? 'TLS: another certificate is in use from now on; connections that there are stay' : 'TLS: the files were read again; the certificate is the same');
      alarms.resolve(BROKEN, 'The files of TLS are good again.');
      this.#judge();
      return true;
    } catch (error) {
      alarms.raise({ key: BROKEN, severity: 'critical', title: 'the new certificate of the API cannot be used', message: `The one before stays in use until it ends (${new Date(this.#facts.endsAtMs).toISOString()}): ${reasonOf(error)}` });
      return false;
    } finally {
      // Whatever came of it: once for each state of the files.
      this.#read = state;
      this.#seen = state;
    }
  }

  #judge(): void {
    const { clock, alarms } = this.#options;
    const { endsAtMs } = this.#facts;
    const leftMs = endsAtMs - clock.now();
    const advice = `${new Date(endsAtMs).toISOString()}: put another one in its place; it is read without a restart.`;
    if (leftMs > 0) alarms.resolve(OVER, 'There is a certificate that is good.');
    else alarms.raise({ key: OVER, severity: 'critical', title: 'the certificate of the API is over', message: `Clients refuse it since ${advice}` });
    if (leftMs > WARN_MS) alarms.resolve(ENDING, 'There is a certificate that lasts.');
    else if (leftMs > 0) alarms.raise({ key: ENDING, severity: 'warning', title: 'the certificate of the API ends soon', message: `It ends at ${advice}` });
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.setTimer(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => {
        this.#later();
      });
    }, { keepAlive: false });
  }

  async #look(): Promise<void> {
    this.#judge();
    const state = await tlsFileState(this.#options.files);
    const isSettled = state === this.#seen;
    this.#seen = state;
    // Certificate and key are written one after the other: what has just changed may change again.
    if (isSettled && state !== this.#read) await this.reload();
  }
}

/** What tells two states of the files apart, also where a link to them was changed. */
export async function tlsFileState({ certFile, keyFile, clientCaFile }: TlsSettings): Promise<string> {
  const states = [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])].map(async (file) => {
    try {
      const { ino, size, mtimeMs } = await stat(file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return 'gone';
    }
  });
  return (await Promise.all(states)).join('|');
}
