import { connect } from 'node:net';
import { FrameSplitter, createTextCodec, decodeServerHello, encodeClientHello } from '@ibkit/wire';
/** A client of the tests, on real sockets and the wire codec: it sends what it is told and keeps what it gets. */
export class WireClient {
    #socket;
    #splitter;
    #waiters = new Set();
    #codec;
    #hello;
    #failure;
    serverVersion = 0;
    /** Why the server's bytes could not be cut into frames; the client has left then. */
    framingError;
    bytesIn = 0;
    connectionTime = '';
    messages = [];
    /** Frames that could not be decoded. */
    undecodable = [];
    /** Resolves with true after an error (such as RST), with false after FIN. */
    closed;
    constructor(socket) {
        this.#socket = socket;
        this.#splitter = new FrameSplitter({
            onFrame: (payload) => {
                this.#onFrame(payload);
            },
        });
        socket.on('data', (chunk) => {
            this.bytesIn += chunk.length;
            try {
                this.#splitter.push(chunk);
            }
            catch (error) {
                this.framingError = error instanceof Error ? error.message : String(error);
                socket.destroy();
            }
        });
        socket.on('error', () => undefined);
        this.closed = new Promise((resolve) => {
            socket.on('close', (hadError) => {
                this.#failure = new Error('the connection is closed');
                this.#hello?.reject(this.#failure);
                for (const waiter of this.#waiters)
                    waiter.reject(this.#failure);
                this.#waiters.clear();
                resolve(hadError);
            });
        });
    }
    /** A bare TCP connection. */
    static async open(port, host = '127.0.0.1') {
        const socket = connect({ port, host, noDelay: true });
        await new Promise((resolve, reject) => {
            socket.once('connect', resolve);
            socket.once('error', reject);
        });
        return new WireClient(socket);
    }
    /** Connects and waits for the version frame. */
    static async greet(options) {
        const client = await WireClient.open(options.port, options.host);
        const { minVersion = 157, maxVersion = 193, connectOptions } = options;
        const greeted = new Promise((resolve, reject) => {
            client.#hello = { resolve, reject };
        });
        client.sendBytes(encodeClientHello({ minVersion, maxVersion, connectOptions }));
        await greeted;
        return client;
    }
    /** Connects and waits for nextValidId. */
    static async ready(options) {
        const client = await WireClient.greet(options);
        client.send({ type: 'startApi', clientId: options.clientId ?? 1, optionalCapabilities: '' });
        await client.first('nextValidId');
        return client;
    }
    send(message) {
        if (this.#codec === undefined)
            throw new Error('no version has been agreed');
        this.sendBytes(this.#codec.encodeClient(message));
    }
    sendBytes(bytes) {
        this.#socket.write(bytes);
    }
    /** Sends FIN and waits until the server has closed its side, too. */
    async finish() {
        this.#socket.end();
        await this.closed;
    }
    /** Stops reading: the server's output piles up. */
    pause() {
        this.#socket.pause();
    }
    /** Every message of one type so far. */
    all(type) {
        return this.messages.filter((message) => message.type === type);
    }
    /** The first message of a type, past or to come, that fits. */
    async first(type, fits = () => true) {
        const isWanted = (message) => message.type === type;
        const known = this.all(type).find(fits);
        if (known !== undefined)
            return known;
        if (this.#failure !== undefined)
            throw this.#failure;
        const found = await new Promise((resolve, reject) => {
            this.#waiters.add({ fits: (message) => isWanted(message) && fits(message), resolve, reject });
        });
        if (!isWanted(found))
            throw new Error(`expected ${type}`);
        return found;
    }
    /** The first error or notice with this code (and id). */
    error(code, id) {
        return this.first('errMsg', (message) => message.code === code && (id === undefined || message.id === id));
    }
    /** Waits until the server has answered everything sent before. */
    async barrier() {
        const before = this.all('currentTime').length;
        this.send({ type: 'reqCurrentTime' });
        await this.first('currentTime', (message) => this.all('currentTime').indexOf(message) >= before);
    }
    async close() {
        this.#socket.destroy();
        await this.closed;
    }
    #onFrame(payload) {
        if (this.#codec === undefined) {
            const hello = decodeServerHello(payload);
            if (!hello.ok)
                throw new Error(hello.reason);
            this.serverVersion = hello.serverVersion;
            this.connectionTime = hello.connectionTime;
            // A fault may announce a version that nobody speaks.
            if (hello.serverVersion >= 157 && hello.serverVersion <= 193)
                this.#codec = createTextCodec({ serverVersion: hello.serverVersion });
            this.#hello?.resolve();
            return;
        }
        const decoded = this.#codec.decodeServer(payload);
        if (!decoded.ok) {
            this.undecodable.push(`${decoded.failure.type ?? 'unknown'}.${decoded.failure.field ?? ''}: ${decoded.failure.reason}`);
            return;
        }
        this.messages.push(decoded.message);
        for (const waiter of [...this.#waiters]) {
            if (!waiter.fits(decoded.message))
                continue;
            this.#waiters.delete(waiter);
            waiter.resolve(decoded.message);
        }
    }
}
