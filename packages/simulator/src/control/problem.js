import { isIbkrError } from '@ibkit/error-codes';
/** A request that is refused or fails, as an `application/problem+json` document (RFC 9457). */
export class Problem extends Error {
    status;
    title;
    headers;
    facts;
    constructor(options) {
        super(options.detail, { cause: options.cause });
        this.name = 'Problem';
        this.status = options.status;
        this.title = options.title;
        this.headers = options.headers ?? {};
        this.facts = options.facts ?? {};
    }
    toJSON() {
        return { type: 'about:blank', title: this.title, status: this.status, detail: this.message, ...this.facts };
    }
}
/** The problem that an error is for whoever asked. */
export function problemOf(error) {
    if (error instanceof Problem)
        return error;
    if (isIbkrError(error)) {
        const { field, rule, value } = error.details;
        const status = error.name === 'UsageError' ? 400 : 503;
        return new Problem({ status, title: status === 400 ? 'The request is wrong' : 'The simulator cannot do that now', detail: error.message, facts: { code: error.code, field, rule, value }, cause: error });
    }
    return new Problem({ status: 500, title: 'The simulator failed', detail: error instanceof Error ? error.message : String(error), cause: error });
}
