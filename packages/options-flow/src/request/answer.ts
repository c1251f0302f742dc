import { z } from 'zod';
import { OptionsFlowError } from '../client/flow-error.js';
import type { HttpAnswer } from './http-get.js';
import { retryAfterMs } from './retry-after.js';

const SHOWN_CHARACTERS = 120;

const envelope = z.looseObject({
  status: z.string().optional(),
  data: z.unknown().optional(),
  error: z.unknown().optional(),
  message: z.unknown().optional(),
});

/** What reading an answer needs to know. */
export interface AnswerContext {
  /** The call, for messages: `GET trades`. */
  readonly name: string;
  readonly nowMs: number;
  /** Taken out of every text of the service. */
  readonly apiKey: string;
}

/** The beginning of a text of the service, fit for a message: one line, no control characters, no key. */
function shown(text: string, { apiKey }: AnswerContext): string {
  const written = JSON.stringify(apiKey).slice(1, -1);
  // As it is, and as JSON and addresses write it.
  const hidden = [apiKey, written, written.replaceAll('/', '\\/'), encodeURIComponent(apiKey)].reduce((rest, form) => rest.replaceAll(form, '[key]'), text);
  const plain = hidden.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}...` : plain;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What the service says about a failure, in its own words. */
function reasonOf(body: string, context: AnswerContext): string {
  const found = envelope.safeParse(parsed(body));
  const text = found.success ? (found.data.error ?? found.data.message) : undefined;
  if (typeof text === 'string' && text.trim() !== '') return `: ${shown(text, context)}`;
  return body.trim() === '' ? '' : `: "${shown(body, context)}"`;
}

function failureOf({ status, body, retryAfter }: HttpAnswer, context: AnswerContext): OptionsFlowError {
  const reason = reasonOf(body, context);
  const waitMs = retryAfterMs(retryAfter, context.nowMs);
  const common = { httpStatus: status, retryAfterMs: waitMs };
  if (status === 401 || status === 403) {
    return new OptionsFlowError({
      ...common,
      code: 'IBKR_FLOW_UNAUTHORISED',
      message: `${context.name}: the service does not accept the API key (HTTP ${status})${reason}`,
      retryable: false,
      tips: ['Check the option `apiKey` or the variable API_KEY.', 'Check that the key belongs to this base URL.'],
    });
  }
  if (status === 429) {
    const wait = waitMs === undefined ? '' : `; it asks to be left alone for ${Math.ceil(waitMs / 1_000)} s`;
    return new OptionsFlowError({ ...common, code: 'IBKR_FLOW_RATE_LIMITED', message: `${context.name}: too many requests (HTTP 429)${wait}${reason}`, retryable: true, tips: ['Ask less often, or for fewer tickers.'] });
  }
  if (status >= 500) return new OptionsFlowError({ ...common, code: 'IBKR_FLOW_UNAVAILABLE', message: `${context.name}: the service failed (HTTP ${status})${reason}`, retryable: true });
  if (status >= 300 && status < 400) {
    return new OptionsFlowError({
      ...common,
      code: 'IBKR_FLOW_REFUSED',
      message: `${context.name}: the service sends elsewhere (HTTP ${status}), which is not followed because the key would go along`,
      retryable: false,
      tips: ['Give the address that it sends to as `baseUrl`.'],
    });
  }
  return new OptionsFlowError({ ...common, code: 'IBKR_FLOW_REFUSED', message: `${context.name}: the service refused (HTTP ${status})${reason}`, retryable: false });
}

/** The data of an answer. @throws {@link OptionsFlowError} for every other answer */
export function dataOf(answer: HttpAnswer, context: AnswerContext): unknown {
  const { encoding } = answer;
  if (answer.status < 200 || answer.status > 299) throw failureOf(encoding === undefined ? answer : { ...answer, body: '' }, context);
  if (encoding !== undefined) {
    throw new OptionsFlowError({
      code: 'IBKR_FLOW_ANSWER_INVALID',
      message: `${context.name}: the answer is compressed (${shown(encoding, context)}), which was not asked for`,
      retryable: false,
      httpStatus: answer.status,
      tips: ['Let the service, or the proxy before it, keep to the header Accept-Encoding.'],
    });
  }
  const value = parsed(answer.body);
  if (value === undefined) {
    throw new OptionsFlowError({
      code: 'IBKR_FLOW_ANSWER_INVALID',
      message: `${context.name}: the answer is not JSON; it begins with "${shown(answer.body, context)}"`,
      retryable: false,
      httpStatus: answer.status,
      tips: ['Check `baseUrl`: it includes the version path, such as https://host/api/v1.'],
    });
  }
  const found = envelope.safeParse(value);
  if (!found.success || (found.data.status === undefined && found.data.data === undefined)) {
    throw new OptionsFlowError({ code: 'IBKR_FLOW_ANSWER_INVALID', message: `${context.name}: the answer is no object with status and data; it begins with "${shown(answer.body, context)}"`, retryable: false, httpStatus: answer.status });
  }
  if (found.data.status !== undefined && found.data.status !== 'success') {
    throw new OptionsFlowError({ code: 'IBKR_FLOW_REFUSED', message: `${context.name}: the service refused${reasonOf(answer.body, context)}`, retryable: false, httpStatus: answer.status });
  }
  return found.data.data;
}

/** Reads data by its schema. @throws {@link OptionsFlowError} `IBKR_FLOW_ANSWER_INVALID` naming the field and the rule */
export function readData<T>(schema: z.ZodType<T>, data: unknown, context: Pick<AnswerContext, 'name'>): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new OptionsFlowError({
    code: 'IBKR_FLOW_ANSWER_INVALID',
    message: `${context.name}: the answer breaks its contract at data${(issue?.path ?? []).map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')}: ${issue?.message ?? 'unreadable'}`,
    retryable: false,
    cause: result.error,
  });
}
