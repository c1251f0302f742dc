import type { ApiProblem, Route } from '@ibkit/api-contract';
import type * as z from 'zod';
import { problem, shownValue } from './problem.js';

/** The parts of a request that an input is read from, as they arrived. */
export interface RawInput {
  readonly params: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  /** `undefined` without one. */
  readonly body: unknown;
}

/** An input that fits its route, or why it does not. */
export type ReadInput = { readonly ok: true; readonly input: Readonly<Record<string, unknown>> } | { readonly ok: false; readonly problem: ApiProblem };

type Fault = NonNullable<ApiProblem['problems']>[number];
type Issue = z.core.$ZodIssue;

/** As many as a person reads; a body can be wrong in thousands of places. */
const MOST_FAULTS = 20;

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
}

/** Of the alternatives of a union, the one that fits best: what its errors say is what the caller meant. */
function closest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(({ path }) => path.length));
  return [...alternatives].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
}

function faultsOf(issues: readonly Issue[], root: unknown, place: string, base: readonly PropertyKey[] = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: [...path, key].map(String).join('.'), rule: 'is not known here', value: undefined }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const inner = faultsOf(closest(issue.errors), root, place, path);
      if (inner.length > 0) return inner;
    }
    const field = path.map(String).join('.') || place;
    return [{ field, rule: issue.message, value: shownValue(field, valueAt(root, path)) }];
  });
}

/** One part of the input read with its schema; a part without a schema must not be there. */
function readPart(schema: z.ZodType | undefined, value: unknown, place: string): { readonly value: Readonly<Record<string, unknown>> } | { readonly faults: Fault[] } {
  if (schema === undefined) {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return names.length === 0 ? { value: {} } : { faults: names.map((field) => ({ field, rule: 'is not known here', value: undefined })) };
  }
  const read = schema.safeParse(value);
  if (!read.success) return { faults: faultsOf(read.error.issues, value, place) };
  return { value: typeof read.data === 'object' && read.data !== null ? { ...read.data } : {} };
}

function bodyFaults({ body }: Route, given: unknown): Fault[] {
  if (body === undefined) return given === undefined ? [] : [{ field: 'body', rule: 'must be absent: this route takes none', value: undefined }];
  return given === undefined ? [{ field: 'body', rule: 'must be there, as JSON', value: undefined }] : [];
}

/** Reads what a route is given: path and query parameters together, and the body. Unknown names are refused everywhere: a misspelt limit must not be a missing one. */
export function readInput(route: Route, { params, query, body }: RawInput): ReadInput {
  const fromPath = readPart(route.params, params, 'path');
  const fromQuery = readPart(route.query?.strict(), query, 'query');
  const faults = [...('faults' in fromPath ? fromPath.faults : []), ...('faults' in fromQuery ? fromQuery.faults : []), ...bodyFaults(route, body)];
  let parsed: unknown;
  if (route.body !== undefined && body !== undefined) {
    const read = route.body.safeParse(body);
    if (read.success) parsed = read.data;
    else faults.push(...faultsOf(read.error.issues, body, 'body'));
  }
  if (faults.length > 0) return { ok: false, problem: inputProblem(faults) };
  return { ok: true, input: { ...('value' in fromPath ? fromPath.value : {}), ...('value' in fromQuery ? fromQuery.value : {}), ...(route.body === undefined ? {} : { body: parsed }) } };
}

/** The problem of an input that breaks rules. */
export function inputProblem(faults: readonly Fault[]): ApiProblem {
  const shown = faults.slice(0, MOST_FAULTS);
  const more = faults.length - shown.length;
  const detail = shown.slice(0, 3).map(({ field, rule }) => `${field}: ${rule}`).join('; ');
  return problem(400, 'IBKR_HTTP_INPUT', 'Bad input', `${detail}${faults.length > 3 ? `; and ${more > 0 ? `at least ${faults.length - 3}` : faults.length - 3} more` : ''}`, { errorClass: 'UsageError', problems: shown });
}

/** What the header `Idempotency-Key` must look like: it is written into the journal and shown to people. */
const KEY = /^[\x21-\x7e]{1,64}$/;

/** The key of an idempotent request, or why it is none. */
export function readKey(header: string | readonly string[] | undefined): { readonly key: string } | { readonly problem: ApiProblem } {
  if (header === undefined) {
    return { problem: problem(400, 'IBKR_HTTP_IDEMPOTENCY_KEY', 'No idempotency key', 'Send "Idempotency-Key: KEY" with a key of your own for this order: a repeat with the same key never places it twice.', { problems: [{ field: 'Idempotency-Key', rule: 'must be there' }] }) };
  }
  if (typeof header !== 'string' || !KEY.test(header)) {
    const rule = 'must be 1 to 64 printable ASCII characters without blanks';
    return { problem: problem(400, 'IBKR_HTTP_IDEMPOTENCY_KEY', 'Bad idempotency key', `Idempotency-Key ${rule}.`, { problems: [{ field: 'Idempotency-Key', rule, value: typeof header === 'string' ? shownValue('key', header) : undefined }] }) };
  }
  return { key: header };
}
