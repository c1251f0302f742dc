import { compileFields } from '../compile.js';
import { FieldWriter } from '../field-writer.js';
import { encodeTextFrame } from '../framing.js';
import type { Layout } from '../layout.js';
import { CLIENT_LAYOUTS, SERVER_LAYOUTS } from '../messages.js';
import type { ClientMessage, ServerMessage } from '../messages.js';
import { MAX_SERVER_VERSION } from '../server-version.js';
import { Draw, sampleMessage } from './sample-message.js';

const clientLayouts: ReadonlyMap<ClientMessage['type'], Layout<ClientMessage['type']>> = new Map(Object.values(CLIENT_LAYOUTS).map((layout) => [layout.type, layout]));
const serverLayouts: ReadonlyMap<ServerMessage['type'], Layout<ServerMessage['type']>> = new Map(Object.values(SERVER_LAYOUTS).map((layout) => [layout.type, layout]));

/** The type of every request that the codec knows. */
export const CLIENT_MESSAGE_TYPES: readonly ClientMessage['type'][] = Object.freeze([...clientLayouts.keys()]);

/** The type of every answer that the codec knows. */
export const SERVER_MESSAGE_TYPES: readonly ServerMessage['type'][] = Object.freeze([...serverLayouts.keys()]);

/** What a sample is made from. */
export interface SampleOptions {
  /** Decides every value: the same numbers give the same frame. */
  readonly random: { next(): number };
  /** @defaultValue 193 */
  readonly serverVersion?: number | undefined;
}

function sampleFrame(layout: Layout | undefined, { random, serverVersion = MAX_SERVER_VERSION }: SampleOptions): Uint8Array {
  if (layout === undefined) throw new RangeError('type must be one of the known message types');
  const draw = new Draw(Math.floor(random.next() * 2 ** 32));
  const writer = new FieldWriter(layout.type, layout.id, false);
  writer.write(compileFields(layout.fields, serverVersion), sampleMessage(layout, serverVersion, draw));
  return encodeTextFrame(writer.text);
}

/** A valid frame of one request, with any values in its fields. @throws RangeError for a type that is not in {@link CLIENT_MESSAGE_TYPES}. */
export function sampleClientFrame(type: ClientMessage['type'], options: SampleOptions): Uint8Array {
  return sampleFrame(clientLayouts.get(type), options);
}

/** A valid frame of one answer, with any values in its fields. @throws RangeError for a type that is not in {@link SERVER_MESSAGE_TYPES}. */
export function sampleServerFrame(type: ServerMessage['type'], options: SampleOptions): Uint8Array {
  return sampleFrame(serverLayouts.get(type), options);
}
