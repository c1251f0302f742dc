import { Problem } from './problem.js';
/** Largest body that is read, bytes. */
export const LARGEST_BODY = 64 * 1024;
/**
 * Lets only programs on this machine pass that mean this port. A page of a foreign site may make a browser send requests here: by its own name that resolves
 * to this address (DNS rebinding; the Host header shows it), or straight to the address (the Origin header and Sec-Fetch-Site show it).
 * @throws Problem 403.
 */
export function checkOrigin(request, allowedHosts) {
    const refuse = (detail) => {
        throw new Problem({ status: 403, title: 'Not from here', detail });
    };
    const { host = '', origin } = request.headers;
    if (!allowedHosts.has(host.toLowerCase()))
        refuse(`The Host header must name this control port (${[...allowedHosts].join(', ')}).`);
    if (origin !== undefined && !(origin.startsWith('http://') && allowedHosts.has(origin.slice('http://'.length).toLowerCase()))) {
        refuse('Pages of other origins must not use the control port.');
    }
    const site = request.headers['sec-fetch-site'];
    if (site === 'cross-site' || site === 'same-site')
        refuse('Pages of other sites must not use the control port.');
}
/**
 * The JSON body of a request.
 * @throws Problem 415 for another content type, 413 for more than 64 KiB, 400 for what is no JSON.
 */
export async function readJson(request) {
    const [contentType = ''] = (request.headers['content-type'] ?? '').split(';');
    if (contentType.trim().toLowerCase() !== 'application/json') {
        throw new Problem({ status: 415, title: 'Not JSON', detail: 'The Content-Type header must be application/json.' });
    }
    const chunks = [];
    let length = 0;
    const parts = request;
    for await (const chunk of parts) {
        length += chunk.length;
        if (length > LARGEST_BODY) {
            throw new Problem({ status: 413, title: 'Too large', detail: `The body must not be larger than ${LARGEST_BODY} bytes.`, headers: { connection: 'close' } });
        }
        chunks.push(chunk);
    }
    try {
        const value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        return value;
    }
    catch (error) {
        throw new Problem({ status: 400, title: 'Not JSON', detail: `The body must be one JSON document: ${error instanceof Error ? error.message : String(error)}`, cause: error });
    }
}
