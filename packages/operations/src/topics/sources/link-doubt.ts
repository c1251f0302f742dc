import type { OperationsConnection } from '../../options.js';

/** Streams that say nothing about an outage until it is over: their topics are told of it when it begins. */
export function onLinkDown(connection: OperationsConnection, tell: (cause: string, sinceMs: number) => void): () => void {
  return connection.events.on('connection.healthChanged', ({ layer, to }) => {
    if (to.status !== 'down') return;
    if (layer === 'api') tell(`no session with the gateway: ${to.cause}`, to.sinceMs);
    else if (layer === 'upstream') tell(`the gateway has no link to the broker: ${to.cause}`, to.sinceMs);
  });
}

/** Why nothing can come now, if that is so. */
export function linkDown({ state, health }: OperationsConnection): string | undefined {
  if (state !== 'connected') return `no session with the gateway: the connection is ${state}`;
  const { upstream } = health.layers;
  return upstream.status === 'down' ? `the gateway has no link to the broker: ${upstream.cause}` : undefined;
}
