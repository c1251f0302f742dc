import type { ClientMessage, ClientMessageOf } from '@ibkit/wire';
import type { ClientSession } from './client-session.js';

/** What answers one type of request. */
export interface Route {
  readonly type: ClientMessage['type'];
  /** Answers `message` when it is of this route's type. */
  readonly handle: (session: ClientSession, message: ClientMessage) => void;
}

function isOfType<T extends ClientMessage['type']>(message: ClientMessage, type: T): message is ClientMessageOf<T> {
  return message.type === type;
}

/** Ties a handler to the type of request that it answers. */
export function route<T extends ClientMessage['type']>(
  type: T,
  handler: (session: ClientSession, message: ClientMessageOf<T>) => void,
): Route {
  return {
    type,
    handle: (session, message) => {
      if (isOfType(message, type)) handler(session, message);
    },
  };
}
