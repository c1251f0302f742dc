import * as z from 'zod';
import { authMessageSchema, clientMessageSchema, pingMessageSchema, resyncMessageSchema, serverMessageSchema, subMessageSchema, unsubMessageSchema } from '../stream/messages.js';
import { STREAM_BAR_SIZES, TICK_KINDS, TOPIC_KINDS } from '../stream/topics.js';
import { STREAM_CODES } from '../stream/stream-codes.js';
import type { TopicKind } from '../stream/topics.js';
import { SchemaCollector } from './schema-collector.js';
import type { JsonSchema } from './schema-collector.js';
import { CLOSE_CODES, STREAM_GUIDE } from './stream-guide.js';

/** What a document is made for. */
export interface AsyncApiOptions {
  /** Of the program. */
  readonly version: string;
  /** Where the API is, such as `http://127.0.0.1:8787`. */
  readonly url: string;
}

/** An AsyncAPI 3.0 document. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly defaultContentType: string;
  readonly servers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly channels: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly operations: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Zod writes draft 2020-12. */
const SCHEMA_FORMAT = 'application/schema+json;version=draft-07';

const SUMMARIES: Readonly<Record<string, string>> = {
  auth: 'Says who the client is, as its first message', sub: 'Begins a subscription', unsub: 'Ends a subscription', resync: 'Asks for all of a topic again', ping: 'Asks for a pong',
  hello: 'The first message of every stream', welcome: 'The client is known', snapshot: 'All of a topic', resumed: 'The history goes on where the resume token said', delta: 'A change',
  gap: 'Something was missed for good', stale: 'What is known may not be true any more', state: 'How a subscription is fed has changed', end: 'A subscription, or the stream, is over', err: 'A message was refused',
  heartbeat: 'The daemon is alive, and this is where each subscription is', pong: 'Answers ping',
}; // prettier-ignore

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  instrument: { description: 'A symbol (SPY), an OCC option symbol, a futures code (ESZ6), or a contract id behind an @ (@756733); percent-encoded where it has to be. Fields of `sub.instrument` say what it does not.' },
  account: { description: 'An account of the gateway' },
  tick: { enum: [...TICK_KINDS], description: 'The kind of tick-by-tick data' },
  size: { enum: [...STREAM_BAR_SIZES], description: 'The size of the bars' },
};

type NamedMessage = readonly [name: string, schema: z.ZodObject];

function nameOf(schema: z.ZodObject): string {
  const { t } = schema.shape;
  if (!(t instanceof z.ZodLiteral)) throw new TypeError('A message of the stream has no name: this is a defect of ibkit');
  return String(t.value);
}

function messagesOf(schemas: readonly z.ZodObject[]): readonly NamedMessage[] {
  return schemas.map((schema) => [nameOf(schema), schema]);
}

function messageOf([name, schema]: NamedMessage, schemas: SchemaCollector): JsonSchema {
  return { name, title: name, summary: SUMMARIES[name] ?? name, payload: { schemaFormat: SCHEMA_FORMAT, schema: schemas.add(schema) } };
}

function refs(names: readonly string[]): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function topicChannel(kind: string, { pattern, summary, accounts, durable, modes }: TopicKind): JsonSchema {
  const names = [...pattern.matchAll(/:(\w+)/gu)].map(([, name = '']) => name);
  return {
    address: pattern.replaceAll(/:(\w+)/gu, '{$1}'),
    title: kind,
    summary,
    description: `Subscribe with \`{"t":"sub","id":1,"topic":"${pattern.replaceAll(/:(\w+)/gu, '...')}"}\` on the stream: a topic is no path of its own. ${durable ? 'Durable: can be resumed from any position, over restarts.' : 'Volatile: can be resumed for about ten seconds.'} Modes, the default first: ${modes.join(', ')}.`,
    ...(names.length === 0 ? {} : { parameters: Object.fromEntries(names.map((name) => [name, PARAMETERS[name] ?? {}])) }),
    messages: refs([`${kind}Snapshot`, `${kind}Delta`]),
    'x-durable': durable,
    'x-modes': [...modes],
    'x-accounts': accounts,
  };
}

/** The AsyncAPI document of the stream: how to connect, every message and topic with its schema, and what they mean, so that a client can be written from it alone. */
export function asyncApiDocument({ version, url }: AsyncApiOptions): AsyncApiDocument {
  const schemas = new SchemaCollector('#/components/schemas/');
  const fromClient = messagesOf([authMessageSchema, subMessageSchema, unsubMessageSchema, resyncMessageSchema, pingMessageSchema]);
  const fromDaemon = messagesOf(serverMessageSchema.options);
  const topics = Object.entries<TopicKind>(TOPIC_KINDS);
  if (fromClient.length !== clientMessageSchema.options.length) throw new TypeError('The document misses a message of clients: this is a defect of ibkit');
  const data = (kind: string, name: string, schema: z.ZodType): readonly [string, JsonSchema] => [
    `${kind}${name}`,
    {
      name: `${kind}${name}`,
      title: `${kind}: ${name === 'Snapshot' ? 'snapshot' : 'delta'}`,
      summary: name === 'Snapshot' ? `All of ${kind}` : `A change of ${kind}`,
      payload: {
        schemaFormat: SCHEMA_FORMAT,
        schema: { allOf: [{ $ref: `#/components/schemas/${name}Message` }, { type: 'object', properties: { data: schemas.add(schema) }, required: ['data'] }] },
      },
    },
  ];
  const messages = Object.fromEntries([
    ...[...fromClient, ...fromDaemon].map((message): readonly [string, JsonSchema] => [message[0], messageOf(message, schemas)]),
    ...topics.flatMap(([kind, { snapshot, delta }]) => [data(kind, 'Snapshot', snapshot), data(kind, 'Delta', delta)]),
  ]);
  const { host, protocol } = new URL(url);
  return {
    asyncapi: '3.0.0',
    info: { title: 'ibkit daemon: stream', version, description: `${STREAM_GUIDE}\n\n**Close codes**\n\n${Object.entries(CLOSE_CODES).map(([code, text]) => `* ${code}: ${text}`).join('\n')}\n\n**Codes of \`err\` and \`end\`**, besides those of the errors behind a topic\n\n${Object.entries(STREAM_CODES).map(([code, { in: where, meaning }]) => `* ${code} (${where.join(', ')}): ${meaning}`).join('\n')}`, license: { name: 'MIT', url: 'https://opensource.org/license/mit' } },
    defaultContentType: 'application/json',
    servers: { daemon: { host, protocol: protocol === 'https:' ? 'wss' : 'ws', description: 'The daemon', security: [{ $ref: '#/components/securitySchemes/bearer' }] } },
    channels: {
      stream: { address: '/v1/stream', title: 'The stream', summary: 'The one connection that everything goes through', messages: refs([...fromClient, ...fromDaemon].map(([name]) => name)), bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } }, 'x-close-codes': CLOSE_CODES, 'x-codes': STREAM_CODES },
      ...Object.fromEntries(topics.map(([kind, topic]) => [kind, topicChannel(kind, topic)])),
    },
    operations: {
      receive: { action: 'receive', channel: { $ref: '#/channels/stream' }, title: 'What a client sends', messages: fromClient.map(([name]) => ({ $ref: `#/channels/stream/messages/${name}` })) },
      send: { action: 'send', channel: { $ref: '#/channels/stream' }, title: 'What the daemon sends', messages: fromDaemon.map(([name]) => ({ $ref: `#/channels/stream/messages/${name}` })) },
      ...Object.fromEntries(topics.map(([kind]) => [`send${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, { action: 'send', channel: { $ref: `#/channels/${kind}` }, title: `What the daemon sends about ${kind}` }])),
    },
    components: {
      messages,
      schemas: Object.fromEntries(Object.entries(schemas.components)),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A token of scope read or more' } },
    },
  };
}
