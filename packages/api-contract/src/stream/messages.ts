import * as z from 'zod';
import { problemSchema } from '../service/problem.js';
import { scopeSchema } from '../service/scope.js';
import { instrumentFieldsSchema } from '../values/instrument.js';
import { STREAM_MODES, microsecondsSchema } from './topics.js';

/** The version of the streaming protocol. */
export const STREAM_API_LEVEL = 1;

/** WebSocket subprotocols: how messages are encoded. Without one it is JSON. */
export const STREAM_PROTOCOLS = { json: 'ibkit.v1+json', msgpack: 'ibkit.v1+msgpack' } as const;

/** The codes that the daemon closes a stream with (RFC 6455: 4000 to 4999 are for applications). */
export const STREAM_CLOSE = { unauthorized: 4001, forbidden: 4003, badMessage: 4004, slowConsumer: 4008, tooMany: 4029, goingAway: 1001 } as const;

const idSchema = z.number().int().min(0).max(2_147_483_647).describe("The client's own number of the subscription");
const resumeSchema = z.string().min(1).max(256).describe('Opaque: the `at` of the last message that was taken in');
const seqSchema = z.number().int().min(1).describe('Counts the messages of this subscription without a hole; a hole means that something was lost: send `resync`');

/** First message of a client whose upgrade request carried no `Authorization` header. */
export const authMessageSchema = z.strictObject({ t: z.literal('auth'), ticket: z.string().max(256).optional(), token: z.string().max(256).optional() }).meta({ id: 'AuthMessage' });
/** Begins a subscription. */
export const subMessageSchema = z
  .strictObject({
    t: z.literal('sub'), id: idSchema, topic: z.string().min(1).max(160), instrument: instrumentFieldsSchema.optional().describe('What the text of the topic does not say about the instrument'),
    mode: z.enum(STREAM_MODES).optional(), minIntervalMs: z.number().int().min(10).max(60_000).optional().describe('Of latest and sampled; 250 when nothing else is said'), marketData: z.enum(['live', 'frozen', 'delayed', 'delayed-frozen']).optional().describe('Of quotes: what is taken where live data is not to be had; live when nothing else is said'),
    resume: resumeSchema.optional(),
  }) // prettier-ignore
  .meta({ id: 'SubMessage' });
/** Ends a subscription. */
export const unsubMessageSchema = z.strictObject({ t: z.literal('unsub'), id: idSchema }).meta({ id: 'UnsubMessage' });
/** Asks for a fresh snapshot. */
export const resyncMessageSchema = z.strictObject({ t: z.literal('resync'), id: idSchema }).meta({ id: 'ResyncMessage' });
/** Asks for a `pong`. */
export const pingMessageSchema = z.strictObject({ t: z.literal('ping'), n: z.number().int().optional() }).meta({ id: 'PingMessage' });

/** Everything that a client may send. */
export const clientMessageSchema = z.discriminatedUnion('t', [authMessageSchema, subMessageSchema, unsubMessageSchema, resyncMessageSchema, pingMessageSchema]);

/** The first message of every stream. */
export const helloMessageSchema = z
  .object({ t: z.literal('hello'), apiLevel: z.number().int(), version: z.string(), bootId: z.string().describe('Changes with every start of the daemon'), limits: z.object({ messageBytes: z.number(), subscriptions: z.number(), authMs: z.number(), bufferBytes: z.number(), messagesPerSecond: z.number().optional() }) })
  .meta({ id: 'HelloMessage' });
/** The client is who it says. */
export const welcomeMessageSchema = z.object({ t: z.literal('welcome'), connectionId: z.string(), scope: scopeSchema, heartbeatMs: z.number() }).meta({ id: 'WelcomeMessage' });

const problem = problemSchema.optional().describe('The error behind it, as an answer over HTTP would tell it: with the code of the broker, tips and the class');
const frame = { id: idSchema, seq: seqSchema, at: resumeSchema, tsUs: microsecondsSchema };

/** All of a topic: at the beginning, after `resync`, and whenever its history cannot be continued. */
export const snapshotMessageSchema = z
  .object({ t: z.literal('snapshot'), ...frame, reason: z.enum(['start', 'resync', 'epochChanged', 'tooFarBehind', 'demoted', 'recovered', 'reconnected']), mode: z.enum(STREAM_MODES), data: z.unknown() })
  .meta({ id: 'SnapshotMessage' });
/** The history goes on where the resume token said; deltas follow. */
export const resumedMessageSchema = z.object({ t: z.literal('resumed'), ...frame, mode: z.enum(STREAM_MODES) }).meta({ id: 'ResumedMessage' });
/** A change. `n` is how many changes were folded into it. */
export const deltaMessageSchema = z.object({ t: z.literal('delta'), ...frame, n: z.number().int().min(2).optional(), data: z.unknown() }).meta({ id: 'DeltaMessage' });
/** Something was missed for good between two instants. */
export const gapMessageSchema = z.object({ t: z.literal('gap'), ...frame, data: z.object({ reason: z.string(), fromUs: microsecondsSchema.optional(), toUs: microsecondsSchema.optional(), missed: z.number().int().optional() }) }).meta({ id: 'GapMessage' });
/** What comes now cannot be trusted to be fresh until a delta or snapshot says otherwise. */
export const staleMessageSchema = z.object({ t: z.literal('stale'), ...frame, data: z.object({ cause: z.string(), sinceUs: microsecondsSchema.optional() }) }).meta({ id: 'StaleMessage' });
/** How the subscription is fed has changed: slow clients are demoted, then paused. */
export const stateMessageSchema = z.object({ t: z.literal('state'), ...frame, data: z.object({ state: z.enum(['demoted', 'paused', 'restored']), mode: z.enum(STREAM_MODES), bufferedBytes: z.number().optional(), reason: z.string() }) }).meta({ id: 'StateMessage' });
/** The subscription is over (with `id`), or the whole stream (without). `at` resumes it later; of a whole stream, `resume` does so for each subscription. */
export const endMessageSchema = z.object({ t: z.literal('end'), id: idSchema.optional(), at: resumeSchema.optional(), resume: z.record(z.string(), resumeSchema).optional().describe('Without `id`: where each subscription can be resumed, by its id'), code: z.string(), reason: z.string(), problem }).meta({ id: 'EndMessage' });
/** A message of the client was refused; nothing else changed. */
export const errMessageSchema = z.object({ t: z.literal('err'), id: idSchema.optional(), code: z.string(), detail: z.string(), retryable: z.boolean(), problem }).meta({ id: 'ErrMessage' });
/** The daemon is alive: silence of a topic is silence of the market. */
export const heartbeatMessageSchema = z.object({ t: z.literal('heartbeat'), tsUs: microsecondsSchema, at: z.record(z.string(), resumeSchema).describe('The newest position of each subscription, by its id') }).meta({ id: 'HeartbeatMessage' });
/** Answers `ping`. */
export const pongMessageSchema = z.object({ t: z.literal('pong'), n: z.number().int().optional(), tsUs: microsecondsSchema }).meta({ id: 'PongMessage' });

/** Everything that the daemon may send. */
export const serverMessageSchema = z.discriminatedUnion('t', [
  helloMessageSchema, welcomeMessageSchema, snapshotMessageSchema, resumedMessageSchema, deltaMessageSchema, gapMessageSchema, staleMessageSchema, stateMessageSchema, endMessageSchema, errMessageSchema, heartbeatMessageSchema, pongMessageSchema,
]); // prettier-ignore

/** See {@link clientMessageSchema}. */
export type ClientStreamMessage = z.infer<typeof clientMessageSchema>;
/** See {@link serverMessageSchema}. */
export type ServerStreamMessage = z.infer<typeof serverMessageSchema>;
