import { CLIENT_MESSAGE_TYPES, SERVER_MESSAGE_TYPES } from '@ibkit/wire';
import { rule } from '../control/rules.js';
import type { Rule } from '../control/rules.js';

const REQUESTS: ReadonlySet<unknown> = new Set(CLIENT_MESSAGE_TYPES);
const ANSWERS: ReadonlySet<unknown> = new Set(SERVER_MESSAGE_TYPES);

/** A type that no message has would be waited for in vain, and nobody would see why nothing goes wrong. */
export const REQUEST_TYPE: Rule<string> = rule('must be the type of a request, such as placeOrder', (value): value is string => REQUESTS.has(value));
export const ANSWER_TYPE: Rule<string> = rule('must be the type of an answer, such as orderStatus', (value): value is string => ANSWERS.has(value));
export const MESSAGE_TYPE: Rule<string> = rule(
  'must be the type of a request or an answer, such as placeOrder or orderStatus',
  (value): value is string => REQUESTS.has(value) || ANSWERS.has(value),
);
