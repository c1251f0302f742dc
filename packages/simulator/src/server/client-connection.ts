import type { Socket } from 'node:net';
import type { Clock, Timer } from '@ibkit/clock';
import { ClientHelloReader, FrameSplitter, encodeServerHello } from '@ibkit/wire';
import { OutputBuffer } from './output-buffer.js';
import type { ChunkPool } from './output-buffer.js';
import { ShapedOutput } from './shaped-output.js';
import type { OutputShape } from './shaped-output.js';

/** What a connection may still do: `hello` until the versions are agreed, `open`, `ending` after our FIN, `closed`. */
type Phase = 'hello' | 'open' | 'ending' | 'closed';

/** Versions that the server offers. */
export interface OfferedVersions {
  readonly min: number;
  readonly max: number;
}

/** Options of a {@link ClientConnection}. */
export interface ClientConnectionOptions {
  readonly socket: Socket;
  /** Where the memory for what is about to be written comes from. */
  readonly chunks: ChunkPool;
  /** Real time: limits on silence and on a slow close do not speed up with the market. */
  readonly clock: Clock;
  /** What delays and rates of faults are measured by. */
  readonly shapeClock: Clock;
  readonly versions: OfferedVersions;
  /** The second field of the version frame, read when it is sent. */
  readonly connectionTime: () => string;
  /** How long the client may take from the accept to {@link ClientConnection.ready}. */
  readonly handshakeTimeoutMs: number;
  /** How many bytes may wait for a client that does not read before it is cut. */
  readonly maxPendingBytes: number;
  /** Accept and never answer: what a hung gateway does. */
  readonly neverAnswer: boolean;
  /** A version to announce instead of the agreed one, or `none` to close as if there were none in common; read when the hello arrives. */
  readonly forcedVersion: () => number | 'none' | undefined;
  /** How bytes leave at this moment; undefined: at once. */
  readonly shape: () => OutputShape | undefined;
  readonly onVersion: (serverVersion: number, connectOptions: string) => void;
  readonly onFrame: (payload: Uint8Array) => void;
  /** Called exactly once, as soon as nothing more can be said or heard, with the reason in plain words. The socket may live on for its last bytes. */
  readonly onEnded: (reason: string) => void;
  /** Called exactly once, when the socket is gone. */
  readonly onGone: () => void;
}

/** How long a peer may leave our FIN unanswered before the socket is destroyed. */
const LINGER_MS = 2_000;

/** Which directions of a connection stand still. */
export interface Stall {
  readonly reading: boolean;
  readonly writing: boolean;
}

/**
 * One accepted TCP connection: the hello, the version answer, framing both ways and a bounded output buffer. It knows no message.
 *
 * TWS API: the server is silent until `API\0` and a framed version range have arrived; bytes that begin differently are no TWS client,
 * and a range without overlap is answered by closing (FIN), not by a frame.
 */
export class ClientConnection {
  readonly #options: ClientConnectionOptions;
  readonly #socket: Socket;
  readonly #hello = new ClientHelloReader();
  readonly #splitter: FrameSplitter;
  #phase: Phase = 'hello';
  #brokenBy: string | undefined;
  #handshakeTimer: Timer | undefined;
  #lingerTimer: Timer | undefined;
  #stall: Stall = { reading: false, writing: false };
  #paced = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  readonly #output: ShapedOutput;
  /** What was sent in this turn. */
  readonly #buffer: OutputBuffer;
  #flushIsDue = false;
  /** How much the socket held at most since it was last looked at. */
  #backlog = 0;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#buffer = new OutputBuffer(options.chunks);
    this.#output = new ShapedOutput({
      clock: options.shapeClock,
      shape: options.shape,
      write: (bytes) => {
        this.#write(bytes);
      },
    });
    this.#splitter = new FrameSplitter({
      onFrame: (payload) => {
        // Frames that came behind the one that made us close are not answered any more.
        if (this.#phase === 'open') options.onFrame(payload);
      },
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => {
      this.#onData(chunk);
    });
    this.#socket.on('error', (error) => {
      this.#brokenBy = `the connection broke: ${error.message}`;
    });
    this.#socket.on('end', () => {
      this.end('the client closed the connection');
    });
    this.#socket.on('close', () => {
      this.#leave(this.#brokenBy ?? 'the client closed the connection');
      this.#phase = 'closed';
      this.#buffer.clear();
      this.#lingerTimer?.cancel();
      options.onGone();
    });
    if (!options.neverAnswer) {
      this.#handshakeTimer = options.clock.setTimer(options.handshakeTimeoutMs, () => {
        this.end('the client did not finish the handshake in time');
      });
    }
  }

  /** Bytes that wait for the client to read. */
  get pendingBytes(): number {
    return this.#socket.writableLength + this.#unsentBytes;
  }

  /** Bytes that have not been handed to the socket. */
  get #unsentBytes(): number {
    return this.#buffer.size + this.#heldBytes + this.#output.pendingBytes;
  }

  get stall(): Stall {
    return this.#stall;
  }

  /** The client has said who it is: its silence is no longer limited. */
  ready(): void {
    this.#handshakeTimer?.cancel();
    this.#handshakeTimer = undefined;
  }

  /** Sends one whole frame, or drops it when the connection is ending. A client that has left too many bytes unread is cut. */
  send(frame: Uint8Array): void {
    if (this.#phase === 'ending' || this.#phase === 'closed') return;
    if (this.#stall.writing) {
      this.#held.push(frame);
      this.#heldBytes += frame.length;
    } else {
      this.#output.push(frame);
    }
    this.#keepLimit();
  }

  /**
   * Memory to write one frame of at most `bytes` into, behind {@link roomAt}; undefined when the frame has to be sent as any other: because nothing leaves
   * any more, or not at once. Tell {@link wrote} where the frame ends before anything else is sent.
   */
  room(bytes: number): Uint8Array | undefined {
    if (this.#phase !== 'open' || this.#stall.writing || !this.#output.isPlain) return undefined;
    return this.#buffer.room(bytes);
  }

  get roomAt(): number {
    return this.#buffer.end;
  }

  /** A whole frame has been written into the {@link room}, up to this place. */
  wrote(end: number): void {
    this.#buffer.commit(end);
    this.#flushLater();
    this.#keepLimit();
  }

  /** Whether bytes wait in the socket for a client that has not read what came before. */
  get isBehind(): boolean {
    return this.#phase !== 'closed' && this.#socket.writableNeedDrain;
  }

  /** Resolves when the system has taken all that waited in the socket, or when the connection is gone. */
  async caughtUp(): Promise<void> {
    if (!this.isBehind) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.removeListener('drain', done);
        this.#socket.removeListener('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
  }

  /** Closes by FIN behind what was sent; a peer that does not close its side in turn is cut after two seconds. */
  end(reason: string): void {
    if (this.#phase === 'ending' || this.#phase === 'closed') return;
    if (!this.#stall.writing) this.#output.flush();
    this.#leave(reason);
    this.#buffer.flush(this.#socket);
    // Reading goes on, and what is read is thrown away: destroying a socket with unread input sends RST, and RST destroys our last words.
    this.#socket.resume();
    this.#socket.end();
    this.#lingerTimer = this.#options.clock.setTimer(LINGER_MS, () => {
      this.#socket.destroy();
    });
  }

  /** Cuts the connection by RST. */
  reset(reason: string): void {
    this.#leave(reason);
    this.#buffer.clear();
    this.#lingerTimer?.cancel();
    // While a FIN is under way Node cannot send RST, and would never let go of the socket: it is closed, which for unread input is an RST too.
    if (this.#socket.writableEnded && !this.#socket.writableFinished) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Lets go of the socket at once. */
  destroy(reason: string): void {
    this.#leave(reason);
    this.#buffer.clear();
    this.#lingerTimer?.cancel();
    this.#socket.destroy();
  }

  /** Stops or resumes reading and writing while the socket stays open, as a stopped process or a dead network path does. What was sent meanwhile follows on resuming. */
  setStall(stall: Stall): void {
    if (this.#phase === 'ending' || this.#phase === 'closed') return;
    this.#stall = stall;
    this.#readOrWait();
    if (stall.writing) return;
    const held = this.#held;
    this.#dropHeld();
    for (const frame of held) this.#output.push(frame);
  }

  /** Looks again at how bytes leave. */
  reshape(): void {
    this.#output.refresh();
  }

  /** Leaves what the client sends in the socket while earlier messages wait for their turn. */
  setPaced(paced: boolean): void {
    if (this.#phase === 'ending' || this.#phase === 'closed') return;
    this.#paced = paced;
    this.#readOrWait();
  }

  #readOrWait(): void {
    if (this.#stall.reading || this.#paced) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(frame: Uint8Array): void {
    this.#buffer.append(frame);
    this.#flushLater();
  }

  /** One write for all the frames of a turn: a burst of ticks is one segment, and a reply still leaves in the turn that made it. */
  #flushLater(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    queueMicrotask(() => {
      this.#flushIsDue = false;
      this.#buffer.flush(this.#socket);
      this.#backlog = this.#socket.writableLength;
    });
  }

  #keepLimit(): void {
    const limit = this.#options.maxPendingBytes;
    // The socket's own count is dear, and it only falls between two flushes.
    if (this.#backlog + this.#unsentBytes <= limit) return;
    this.#backlog = this.#socket.writableLength;
    if (this.#backlog + this.#unsentBytes > limit) this.reset(`the client left more than ${limit} bytes unread`);
  }

  #dropHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  #onData(chunk: Uint8Array): void {
    if (this.#options.neverAnswer) return;
    if (this.#phase === 'hello') this.#readHello(chunk);
    else if (this.#phase === 'open') this.#readFrames(chunk);
  }

  #readHello(chunk: Uint8Array): void {
    const step = this.#hello.push(chunk);
    if (step.status === 'incomplete') return;
    if (step.status === 'invalid') {
      this.end(`no TWS client: ${step.reason}`);
      return;
    }
    const { min, max } = this.#options.versions;
    const forced = this.#options.forcedVersion();
    const serverVersion = typeof forced === 'number' ? forced : Math.min(max, step.maxVersion);
    if (forced === 'none' || (forced === undefined && serverVersion < Math.max(min, step.minVersion))) {
      this.end(`no common version: the client offers ${step.minVersion} to ${step.maxVersion}, this server ${min} to ${max}`);
      return;
    }
    this.#phase = 'open';
    this.send(encodeServerHello({ serverVersion, connectionTime: this.#options.connectionTime() }));
    this.#options.onVersion(serverVersion, step.connectOptions);
    if (step.rest.length > 0) this.#readFrames(step.rest);
  }

  #readFrames(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error));
    }
  }

  /** Nothing is said or heard from now on; false when that was so before. */
  #leave(reason: string): boolean {
    if (this.#phase === 'ending' || this.#phase === 'closed') return false;
    this.#phase = 'ending';
    this.ready();
    this.#dropHeld();
    this.#output.clear();
    this.#options.onEnded(reason);
    return true;
  }
}
