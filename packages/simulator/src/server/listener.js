import { createServer } from 'node:net';
import { ConnectionError } from '@ibkit/error-codes';
function codeOf(error) {
    return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
function listenError(host, port, cause) {
    const code = codeOf(cause);
    const where = `${host}:${port}`;
    if (code === 'EADDRINUSE') {
        return new ConnectionError({
            code: 'IBKR_SIMULATOR_PORT_IN_USE',
            message: `The simulator cannot listen on ${where}: another program uses this port. Choose another port, or 0 for a free one.`,
            details: { host, port },
            cause,
        });
    }
    return new ConnectionError({
        code: 'IBKR_SIMULATOR_LISTEN_FAILED',
        message: `The simulator cannot listen on ${where}: ${code ?? cause.message}. Check the host and the port, or let port 0 choose a free one.`,
        details: { host, port },
        cause,
    });
}
/** A TCP port that can be closed and opened again while the accepted connections live on. */
export class Listener {
    #host;
    #onSocket;
    #port;
    #server;
    #opening;
    #closing = Promise.resolve();
    constructor(options) {
        this.#host = options.host;
        this.#port = options.port;
        this.#onSocket = options.onSocket;
    }
    get host() {
        return this.#host;
    }
    /** The port in use, or the one that will be asked for again. */
    get port() {
        return this.#port;
    }
    get listening() {
        return this.#server !== undefined;
    }
    /**
     * Opens the port; does nothing while it is open.
     * @throws ConnectionError `IBKR_SIMULATOR_PORT_IN_USE` or `IBKR_SIMULATOR_LISTEN_FAILED`.
     */
    listen() {
        this.#opening ??= this.#open();
        return this.#opening;
    }
    async #open() {
        const server = createServer({ noDelay: true }, this.#onSocket);
        this.#server = server;
        try {
            await new Promise((resolve, reject) => {
                server.once('error', reject);
                // Closed again before it was open: nothing has failed.
                server.once('close', resolve);
                server.listen({ host: this.#host, port: this.#port, exclusive: true }, () => {
                    server.removeListener('error', reject);
                    resolve();
                });
            });
        }
        catch (error) {
            this.#server = undefined;
            this.#opening = undefined;
            throw listenError(this.#host, this.#port, error instanceof Error ? error : new Error(String(error)));
        }
        // An accept that fails (no file descriptors left) loses that one connection, never the server.
        server.on('error', () => undefined);
        const address = server.address();
        if (address !== null && typeof address === 'object')
            this.#port = address.port;
    }
    /** Closes the port at once: new connections are refused, accepted ones live on. */
    stop() {
        const server = this.#server;
        if (server === undefined)
            return;
        this.#server = undefined;
        this.#opening = undefined;
        const closed = new Promise((resolve) => {
            server.close(() => {
                resolve();
            });
        });
        this.#closing = Promise.all([this.#closing, closed]);
    }
    /** Resolves when every port that was ever open has let go of its last connection. */
    async drained() {
        await this.#closing;
    }
}
