import { IbkrError, SystemError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrErrorJson } from '@ibkit/error-codes';

/** An error in a form that crosses threads: structured cloning keeps neither the class nor the fields of ours. */
export type PackedError = { readonly kind: 'ibkr'; readonly json: IbkrErrorJson } | { readonly kind: 'other'; readonly name: string; readonly message: string; readonly stack: string | undefined };

/** Packs whatever was thrown. */
export function packError(error: unknown): PackedError {
  if (isIbkrError(error)) return { kind: 'ibkr', json: error.toJSON() };
  if (error instanceof Error) return { kind: 'other', name: error.name, message: error.message, stack: error.stack };
  return { kind: 'other', name: 'Error', message: String(error), stack: undefined };
}

/** The error on the other side: an `IbkrError` with the same code, or a `SystemError` around a foreign one. */
export function unpackError(packed: PackedError): IbkrError {
  if (packed.kind === 'ibkr') {
    const { code, message, retryable, brokerCode, tips, details, cause } = packed.json;
    return new IbkrError({ code, message, retryable, brokerCode, tips, details, cause });
  }
  const cause = new Error(packed.message);
  cause.name = packed.name;
  if (packed.stack !== undefined) cause.stack = packed.stack;
  return new SystemError({ code: 'IBKR_LOOP_SESSION_FAILED', message: `The session failed: ${packed.message}. Look at the cause; its stack is that of the session's thread.`, cause });
}
