import { UsageError } from '@ibkit/error-codes';
import { compileFields, isScope } from './compile.js';
import type { CompiledField } from './compile.js';
import { FieldReader } from './field-reader.js';
import type { Draft } from './field-reader.js';
import { FieldWriter } from './field-writer.js';
import { encodeTextFrame, splitFields } from './framing.js';
import { HotReader } from './hot/hot-reader.js';
import type { HotMessage } from './hot/hot-reader.js';
import type { Layout } from './layout.js';
import { CLIENT_LAYOUTS, SERVER_LAYOUTS } from './messages.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { refusal } from './refusal.js';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from './server-version.js';

/** Why a payload could not be decoded. */
export interface DecodeFailure {
  /** The id in the first field, when it is a number. */
  readonly messageId: number | undefined;
  /** The type that the id stands for, when it is known. */
  readonly type: string | undefined;
  /** The field that broke a rule, such as `order.lmtPrice` or `bars[3].date`. */
  readonly field: string | undefined;
  readonly reason: string;
  /** Everything that the payload held. May contain account ids and order contents. */
  readonly fields: readonly string[];
}

/** A message, or why there is none. */
export type Decoded<M> = { readonly ok: true; readonly message: M } | { readonly ok: false; readonly failure: DecodeFailure };

/** Both directions of the text protocol at one server version. */
export interface TextCodec {
  readonly serverVersion: number;
  /**
   * The whole frame of a request.
   * @throws UsageError when a value cannot be sent, or the server version has no field or message for it.
   */
  encodeClient(message: ClientMessage): Uint8Array;
  /**
   * The whole frame of an answer. Values that the server version has no field for are left out.
   * @throws UsageError when a value cannot be sent, or the server version has no such message.
   */
  encodeServer(message: ServerMessage): Uint8Array;
  /** Reads the payload of a request. Never throws. */
  decodeClient(payload: Uint8Array): Decoded<ClientMessage>;
  /** Reads the payload of an answer. Never throws. */
  decodeServer(payload: Uint8Array): Decoded<ServerMessage>;
  /**
   * The fast path by itself, on the payload from `start` to `end` of a chunk: the message when the frame is one of the hot kinds and spelled
   * plainly, else `undefined`, which says nothing about the frame: ask `decodeServer`. Never throws.
   */
  readHot(bytes: Uint8Array, start: number, end: number): HotMessage | undefined;
}

/** What a text codec needs. */
export interface TextCodecOptions {
  /** The negotiated server version, 157 to 193. */
  readonly serverVersion: number;
  /** Whether `decodeServer` tries the fast path first. It answers the same without; for tests and measurements. @defaultValue true */
  readonly fastPath?: boolean | undefined;
}

/**
 * The text codec of one server version.
 * @throws UsageError unless `serverVersion` is an integer from 157 to 193.
 */
export function createTextCodec(options: TextCodecOptions): TextCodec {
  const { serverVersion, fastPath = true } = options;
  if (!Number.isInteger(serverVersion) || serverVersion < MIN_SERVER_VERSION || serverVersion > MAX_SERVER_VERSION) {
    throw new UsageError({
      code: 'IBKR_WIRE_VERSION',
      field: 'serverVersion',
      value: serverVersion,
      rule: `must be an integer from ${MIN_SERVER_VERSION} to ${MAX_SERVER_VERSION}`,
    });
  }
  const client = new Direction<ClientMessage>(Object.values(CLIENT_LAYOUTS), serverVersion, true);
  const server = new Direction<ServerMessage>(Object.values(SERVER_LAYOUTS), serverVersion, false);
  const hot = new HotReader(serverVersion);
  return {
    serverVersion,
    encodeClient: (message) => client.encode(message),
    encodeServer: (message) => server.encode(message),
    decodeClient: (payload) => client.decode(payload),
    decodeServer(payload) {
      const message = fastPath ? hot.read(payload, 0, payload.length) : undefined;
      return message === undefined ? server.decode(payload) : { ok: true, message };
    },
    readHot: (bytes, start, end) => hot.read(bytes, start, end),
  };
}

interface Plan {
  readonly fields: readonly CompiledField[];
  readonly otherwise: readonly CompiledField[] | undefined;
}

const MESSAGE_ID = /^\d{1,9}$/;

/** The messages of one side at one server version. Layouts are resolved when first used. */
class Direction<M extends { readonly type: string }> {
  readonly #serverVersion: number;
  readonly #refuseAbsent: boolean;
  readonly #byType = new Map<string, Layout>();
  readonly #byId = new Map<number, Layout>();
  readonly #plans = new Map<Layout, Plan>();

  constructor(layouts: readonly Layout[], serverVersion: number, refuseAbsent: boolean) {
    this.#serverVersion = serverVersion;
    this.#refuseAbsent = refuseAbsent;
    for (const layout of layouts) {
      this.#byType.set(layout.type, layout);
      if (layout.since <= serverVersion) this.#byId.set(layout.id, layout);
    }
  }

  encode(message: M): Uint8Array {
    const layout = this.#byType.get(message.type);
    if (layout === undefined) throw refusal('a message', 'type', message.type, 'must be a known message type');
    if (layout.since > this.#serverVersion) {
      throw refusal(layout.type, 'type', message.type, `needs server version ${layout.since}, this one is ${this.#serverVersion}`);
    }
    if (!isScope(message)) throw refusal(layout.type, 'message', message, 'must be an object');
    const writer = new FieldWriter(layout.type, layout.id, this.#refuseAbsent);
    writer.write(this.#plan(layout).fields, message);
    return encodeTextFrame(writer.text);
  }

  decode(payload: Uint8Array): Decoded<M> {
    const fields = splitFields(payload);
    const [idText = ''] = fields;
    const messageId = MESSAGE_ID.test(idText) ? Number(idText) : undefined;
    if (messageId === undefined) return failed(fields, undefined, undefined, undefined, 'does not begin with a message id');
    const layout = this.#byId.get(messageId);
    if (layout === undefined) {
      return failed(fields, messageId, undefined, undefined, `message id ${messageId} is unknown at server version ${this.#serverVersion}`);
    }
    if (payload[payload.length - 1] !== 0) return failed(fields, messageId, layout.type, undefined, 'the last field does not end in NUL');
    const plan = this.#plan(layout);
    const first = this.#attempt(plan.fields, layout, messageId, fields);
    if (first.ok || plan.otherwise === undefined) return first;
    const second = this.#attempt(plan.otherwise, layout, messageId, fields);
    return second.ok ? second : first;
  }

  #attempt(plan: readonly CompiledField[], layout: Layout, messageId: number, fields: readonly string[]): Decoded<M> {
    const reader = new FieldReader(fields, 1);
    const draft: Draft = { type: layout.type };
    const read = reader.read(plan, draft) && (layout.surplus === 'ignored' || reader.finish());
    if (read && this.#isMessage(draft, layout)) return { ok: true, message: draft };
    return failed(fields, messageId, layout.type, reader.fault?.field, reader.fault?.reason ?? 'is incomplete');
  }

  /**
   * The one place where a draft becomes a message: the compiler has checked every layout against its message type, and the reader has read
   * all of the layout.
   */
  #isMessage(draft: Draft, layout: Layout): draft is Draft & M {
    return draft['type'] === layout.type;
  }

  #plan(layout: Layout): Plan {
    let plan = this.#plans.get(layout);
    if (plan === undefined) {
      plan = {
        fields: compileFields(layout.fields, this.#serverVersion),
        otherwise: layout.otherwise === undefined ? undefined : compileFields(layout.otherwise, this.#serverVersion),
      };
      this.#plans.set(layout, plan);
    }
    return plan;
  }
}

function failed(
  fields: readonly string[],
  messageId: number | undefined,
  type: string | undefined,
  field: string | undefined,
  reason: string,
): { readonly ok: false; readonly failure: DecodeFailure } {
  return { ok: false, failure: { messageId, type, field, reason, fields } };
}
