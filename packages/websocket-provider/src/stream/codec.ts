import { decode, encode } from '@msgpack/msgpack';
import { STREAM_PROTOCOLS, serverMessageSchema } from '@ibkit/api-contract';
import type { ClientStreamMessage, ServerStreamMessage } from '@ibkit/api-contract';

/** How messages travel: `msgpack` is smaller, `json` can be read by people. */
export type StreamEncoding = keyof typeof STREAM_PROTOCOLS;

/** Writes and reads the messages of one stream. */
export interface StreamCodec {
  readonly protocol: string;
  write(message: ClientStreamMessage): string | Uint8Array;
  /** `undefined` for what is no message of this protocol. */
  read(data: string | Uint8Array): ServerStreamMessage | undefined;
}

function parsed(encoding: StreamEncoding, data: string | Uint8Array): unknown {
  try {
    if (encoding === 'json') return typeof data === 'string' ? JSON.parse(data) : undefined;
    return typeof data === 'string' ? undefined : decode(data);
  } catch {
    return undefined;
  }
}

/** The codec of an encoding. */
export function streamCodec(encoding: StreamEncoding): StreamCodec {
  return {
    protocol: STREAM_PROTOCOLS[encoding],
    write: (message) => (encoding === 'json' ? JSON.stringify(message) : encode(message)),
    read: (data) => serverMessageSchema.safeParse(parsed(encoding, data)).data,
  };
}
