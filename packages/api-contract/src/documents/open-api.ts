import type * as z from 'zod';
import { ROUTES } from '../routes/routes.js';
import type { Route } from '../routes/route.js';
import { problemSchema } from '../service/problem.js';
import { SchemaCollector } from './schema-collector.js';
import type { JsonSchema } from './schema-collector.js';

/** What a document is made for. */
export interface OpenApiOptions {
  /** Of the program. */
  readonly version: string;
  /** Where the API is, such as `http://127.0.0.1:8787`. */
  readonly url: string;
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const GROUPS: Readonly<Record<Route['group'], string>> = {
  health: 'Is it all right',
  account: 'Accounts, positions, profit and loss',
  market: 'Quotes, books, chains, history, news, scans',
  orders: 'Orders and fills',
  risk: 'Order gate, arming, kill switch, reconcile, audit',
  gateway: 'The process of the gateway',
  flow: 'The options flow service',
  service: 'Tokens, recordings, errors, the daemon itself',
};

const PHRASES: Readonly<Record<number, string>> = {
  200: 'The answer', 201: 'Made', 202: 'Recorded; its outcome is open or unknown',
  400: 'The request breaks a rule', 401: 'No valid token', 403: 'Not with this token, or not from this origin', 404: 'Not found', 405: 'The path takes other methods', 408: 'The request came too slowly', 409: 'Not now: a gate or an earlier request is in the way',
  413: 'The body is too large', 415: 'The body is not JSON', 421: 'Not a name of the daemon', 422: 'The broker refused it, or it cannot be traded so', 429: 'Too many requests', 431: 'The headers are too large', 500: 'A fault of the daemon',
  503: 'Not ready: no connection, or the daemon stops', 504: 'No answer in time',
}; // prettier-ignore

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key', in: 'header', required: true,
  description: 'A key of your own for this order: the same key with the same request never acts twice',
  schema: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[\\x21-\\x7e]+$' },
} as const; // prettier-ignore

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined, schemas: SchemaCollector): readonly JsonSchema[] {
  const fields: Readonly<Record<string, z.core.$ZodType>> = schema?.shape ?? {};
  return Object.entries(fields).map(([name, field]) => {
    const { description, ...json } = isSchema(field) ? schemas.add(field) : {};
    return { name, in: place, required: place === 'path' || (isSchema(field) && !field.safeParse(undefined).success), ...(description === undefined ? {} : { description }), schema: json };
  });
}

/** What zod's types call the fields of an object is less than what they are. */
function isSchema(field: z.core.$ZodType): field is z.ZodType {
  return 'safeParse' in field;
}

function contentOf(type: string, schema: JsonSchema): JsonSchema {
  return { [type]: { schema } };
}

function responsesOf({ response, statuses = [200], errors }: Route, schemas: SchemaCollector): Readonly<Record<string, unknown>> {
  const good: (readonly [string, unknown])[] = statuses.map((status) => [String(status), { description: PHRASES[status] ?? 'The answer', content: contentOf('application/json', schemas.add(response)) }] as const);
  const bad: (readonly [string, unknown])[] = errors.filter((status) => !statuses.includes(status)).map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }] as const);
  return Object.fromEntries<unknown>([...good, ...bad]);
}

function operationOf(name: string, route: Route, schemas: SchemaCollector): Readonly<Record<string, unknown>> {
  const { group, accounts, summary, scope, params, query, body, idempotent } = route;
  const parameters = [...parametersOf('path', params, schemas), ...parametersOf('query', query, schemas), ...(idempotent === true ? [IDEMPOTENCY_KEY] : [])];
  return {
    operationId: name,
    tags: [group],
    summary,
    ...(scope === undefined ? { security: [] } : { 'x-scope': scope, 'x-accounts': accounts }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf('application/json', schemas.add(body)) } }),
    responses: responsesOf(route, schemas),
  };
}

/** The description of the HTTP API, made from {@link ROUTES}: every route, its parameters, bodies, answers and problems. */
export function openApiDocument({ version, url }: OpenApiOptions): OpenApiDocument {
  const schemas = new SchemaCollector('#/components/schemas/');
  const paths: Record<string, Record<string, Readonly<Record<string, unknown>>>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route, schemas) };
  }
  const statuses = [...new Set(Object.values<Route>(ROUTES).flatMap(({ errors }) => errors))].sort((a, b) => a - b);
  const problem = schemas.add(problemSchema);
  return {
    openapi: '3.1.0',
    info: {
      title: 'ibkitd', version, license: { name: 'MIT', identifier: 'MIT' },
      description: 'Interactive Brokers over HTTP. Keys are camelCase, instants are epoch milliseconds UTC, a value that is not known is absent. Errors are problem+json with `code` and `retryable`. An order whose outcome is unknown is answered with 202, never with 5xx.',
    },
    servers: [{ url }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: schemas.components,
      responses: Object.fromEntries(statuses.map((status) => [`Problem${status}`, { description: PHRASES[status] ?? 'A problem', content: contentOf('application/problem+json', problem) }])),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A token of the daemon. `x-scope` of an operation says which scope it needs: read, trade or admin, each including the ones before. `x-accounts` says what a token that is limited to accounts gets: `none`, nothing in it is about accounts; `own`, what is of its accounts; `refused`, 403.' } },
    },
  };
}
