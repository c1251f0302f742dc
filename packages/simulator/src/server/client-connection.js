import { ClientHelloReader, FrameSplitter, encodeServerHello } from '@ibkit/wire';
import { ShapedOutput } from './shaped-output.js';
/** How long a peer may leave our FIN unanswered before the socket is destroyed. */
const LINGER_MS = 2_000;
/**
 * One accepted TCP connection: the hello, the version answer, framing both ways and a bounded output buffer. It knows no message.
 *
 * TWS API: the server is silent until `API\0` and a framed version range have arrived; bytes that begin differently are no TWS client,
 * and a range without overlap is answered by closing (FIN), not by a frame.
 */
export class ClientConnection {
    #options;
    #socket;
    #hello = new ClientHelloReader();
    #splitter;
    #phase = 'hello';
    #brokenBy;
    #handshakeTimer;
    #lingerTimer;
    #stall = { reading: false, writing: false };
    #paced = false;
    #held = [];
    #heldBytes = 0;
    #corked = false;
    #output;
    constructor(options) {
        this.#options = options;
        this.#socket = options.socket;
        this.#output = new ShapedOutput({
            clock: options.clock,
            shape: options.shape,
            write: (bytes) => {
                this.#write(bytes);
            },
        });
        this.#splitter = new FrameSplitter({
            onFrame: (payload) => {
                // Frames that came behind the one that made us close are not answered any more.
                if (this.#phase === 'open')
                    options.onFrame(payload);
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
    get pendingBytes() {
        return this.#socket.writableLength + this.#heldBytes + this.#output.pendingBytes;
    }
    get stall() {
        return this.#stall;
    }
    /** The client has said who it is: its silence is no longer limited. */
    ready() {
        this.#handshakeTimer?.cancel();
        this.#handshakeTimer = undefined;
    }
    /** Sends one whole frame, or drops it when the connection is ending. A client that has left too many bytes unread is cut. */
    send(frame) {
        if (this.#phase === 'ending' || this.#phase === 'closed')
            return;
        if (this.#stall.writing) {
            this.#held.push(frame);
            this.#heldBytes += frame.length;
        }
        else {
            this.#output.push(frame);
        }
        const limit = this.#options.maxPendingBytes;
        if (this.pendingBytes > limit)
            this.reset(`the client left more than ${limit} bytes unread`);
    }
    /** Closes by FIN behind what was sent; a peer that does not close its side in turn is cut after two seconds. */
    end(reason) {
        if (this.#phase === 'ending' || this.#phase === 'closed')
            return;
        if (!this.#stall.writing)
            this.#output.flush();
        this.#leave(reason);
        // Reading goes on, and what is read is thrown away: destroying a socket with unread input sends RST, and RST destroys our last words.
        this.#socket.resume();
        this.#socket.end();
        this.#lingerTimer = this.#options.clock.setTimer(LINGER_MS, () => {
            this.#socket.destroy();
        });
    }
    /** Cuts the connection by RST. */
    reset(reason) {
        this.#leave(reason);
        this.#lingerTimer?.cancel();
        this.#socket.resetAndDestroy();
    }
    /** Lets go of the socket at once. */
    destroy(reason) {
        this.#leave(reason);
        this.#lingerTimer?.cancel();
        this.#socket.destroy();
    }
    /** Stops or resumes reading and writing while the socket stays open, as a stopped process or a dead network path does. What was sent meanwhile follows on resuming. */
    setStall(stall) {
        if (this.#phase === 'ending' || this.#phase === 'closed')
            return;
        this.#stall = stall;
        this.#readOrWait();
        if (stall.writing)
            return;
        const held = this.#held;
        this.#dropHeld();
        for (const frame of held)
            this.#output.push(frame);
    }
    /** Looks again at how bytes leave. */
    reshape() {
        this.#output.refresh();
    }
    /** Leaves what the client sends in the socket while earlier messages wait for their turn. */
    setPaced(paced) {
        if (this.#phase === 'ending' || this.#phase === 'closed')
            return;
        this.#paced = paced;
        this.#readOrWait();
    }
    #readOrWait() {
        if (this.#stall.reading || this.#paced)
            this.#socket.pause();
        else
            this.#socket.resume();
    }
    #write(frame) {
        // One segment for all the frames of a turn: a burst of ticks is one write, and a reply still leaves in the turn that made it.
        if (!this.#corked) {
            this.#corked = true;
            this.#socket.cork();
            queueMicrotask(() => {
                this.#corked = false;
                this.#socket.uncork();
            });
        }
        this.#socket.write(frame);
    }
    #dropHeld() {
        this.#held = [];
        this.#heldBytes = 0;
    }
    #onData(chunk) {
        if (this.#options.neverAnswer)
            return;
        if (this.#phase === 'hello')
            this.#readHello(chunk);
        else if (this.#phase === 'open')
            this.#readFrames(chunk);
    }
    #readHello(chunk) {
        const step = this.#hello.push(chunk);
        if (step.status === 'incomplete')
            return;
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
        if (step.rest.length > 0)
            this.#readFrames(step.rest);
    }
    #readFrames(chunk) {
        try {
            this.#splitter.push(chunk);
        }
        catch (error) {
            this.end(error instanceof Error ? error.message : String(error));
        }
    }
    /** Nothing is said or heard from now on; false when that was so before. */
    #leave(reason) {
        if (this.#phase === 'ending' || this.#phase === 'closed')
            return false;
        this.#phase = 'ending';
        this.ready();
        this.#dropHeld();
        this.#output.clear();
        this.#options.onEnded(reason);
        return true;
    }
}
