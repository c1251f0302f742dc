import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConnectionError } from '@ibkit/error-codes';
import { checkOrigin, readJson } from './control-request.js';
import { CONTROL_ROUTES } from './control-routes.js';
import { Problem, problemOf } from './problem.js';
const MOST_CONNECTIONS = 64;
const LINES_TYPE = 'application/x-ndjson';
/** JSON lines are handed to the socket in pieces of about this many characters. */
const PIECE = 64 * 1024;
function* piecesOf(items) {
    let piece = '';
    for (const item of items) {
        piece += `${JSON.stringify(item)}\n`;
        if (piece.length < PIECE)
            continue;
        yield piece;
        piece = '';
    }
    if (piece !== '')
        yield piece;
}
function routeOf(method, path) {
    const methods = Object.hasOwn(CONTROL_ROUTES, path) ? CONTROL_ROUTES[path] : undefined;
    if (methods === undefined) {
        throw new Problem({ status: 404, title: 'No such path', detail: `There is no ${path} here; there are ${Object.keys(CONTROL_ROUTES).join(', ')}.` });
    }
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (route !== undefined)
        return route;
    const allow = Object.keys(methods).join(', ');
    throw new Problem({ status: 405, title: 'No such method', detail: `${path} takes ${allow}, not ${method}.`, headers: { allow } });
}
/** The control port: the simulator's side door over HTTP, for tests in any language. */
export class ControlServer {
    #options;
    #server;
    #port;
    #hosts = new Set();
    #closed;
    constructor(options) {
        this.#options = options;
        this.#port = options.port;
        this.#server = createServer((request, response) => {
            this.#serve(request, response).catch(() => {
                // The caller has gone in the middle of an answer.
                response.destroy();
            });
        });
        this.#server.maxConnections = MOST_CONNECTIONS;
    }
    get port() {
        return this.#port;
    }
    /** @throws ConnectionError `IBKR_SIMULATOR_CONTROL_PORT` when the port cannot be had. */
    async listen() {
        const { host, port } = this.#options;
        try {
            await new Promise((resolve, reject) => {
                this.#server.once('error', reject);
                this.#server.listen({ host, port, exclusive: true }, () => {
                    this.#server.removeListener('error', reject);
                    resolve();
                });
            });
        }
        catch (error) {
            throw new ConnectionError({
                code: 'IBKR_SIMULATOR_CONTROL_PORT',
                message: `The simulator's control port cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}. Choose another port, or 0 for a free one.`,
                details: { host, port },
                cause: error,
            });
        }
        this.#server.on('error', () => undefined);
        const address = this.#server.address();
        if (address !== null && typeof address === 'object')
            this.#port = address.port;
        this.#hosts = new Set([host.includes(':') ? `[${host}]` : host, '127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${this.#port}`));
    }
    /** Closes the port and every connection. */
    close() {
        this.#closed ??= new Promise((resolve) => {
            this.#server.close(() => {
                resolve();
            });
            this.#server.closeAllConnections();
        });
        return this.#closed;
    }
    async #serve(request, response) {
        try {
            checkOrigin(request, this.#hosts);
            const url = new URL(request.url ?? '/', 'http://localhost');
            const answer = await routeOf(request.method ?? 'GET', url.pathname)(this.#options.control, {
                query: url.searchParams,
                wantsLines: (request.headers.accept ?? '').includes(LINES_TYPE),
                body: () => readJson(request),
            });
            await this.#answer(response, answer);
        }
        catch (error) {
            if (response.headersSent)
                throw error;
            this.#refuse(response, problemOf(error));
        }
    }
    async #answer(response, answer) {
        response.setHeader('cache-control', 'no-store');
        response.setHeader('x-content-type-options', 'nosniff');
        if (answer.kind === 'json') {
            const text = `${JSON.stringify(answer.body)}\n`;
            response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
            return;
        }
        response.writeHead(200, { 'content-type': LINES_TYPE });
        await pipeline(Readable.from(piecesOf(answer.items)), response);
    }
    #refuse(response, problem) {
        response.writeHead(problem.status, { ...problem.headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' }).end(`${JSON.stringify(problem)}\n`);
    }
}
