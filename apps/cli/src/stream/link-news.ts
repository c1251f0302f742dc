import type { ApiHealth, ApiLayer, TopicSnapshot } from '@ibkit/api-contract';
import { span } from '../render/text.js';

type Health = TopicSnapshot<'health'>;

/** Something that happened to the connection, for people and for programs. */
export interface LinkNews {
  readonly what: 'lost' | 'recovered' | 'degraded' | 'given up';
  readonly reason: string;
}

function deepestCause({ tcp, handshake, api }: ApiHealth): string {
  return [tcp, handshake, api].find(({ status }) => status !== 'up')?.cause ?? api.cause;
}

function layerNews(name: string, before: ApiLayer | undefined, now: ApiLayer): LinkNews[] {
  if (before === undefined || before.status === now.status) return [];
  if (now.status === 'down') return [{ what: 'degraded', reason: `${name} is down: ${now.cause}` }];
  if (before.status === 'down' && now.status === 'up') return [{ what: 'recovered', reason: `${name} is back after ${span(Math.max(0, now.sinceMs - before.sinceMs))}: ${now.cause}` }];
  return [];
}

function sessionNews(before: Health, now: Health): LinkNews[] {
  if (before.state === now.state) return [];
  if (now.state === 'connected') return [{ what: 'recovered', reason: `session is back after ${span(Math.max(0, now.health.api.sinceMs - before.health.api.sinceMs))}` }];
  if (now.state === 'failed') return [{ what: 'given up', reason: deepestCause(now.health) }];
  if (before.state === 'connected') return [{ what: 'lost', reason: `${deepestCause(now.health)}${now.state === 'reconnecting' || now.state === 'connecting' ? ' Trying to get it back.' : ''}` }];
  return [];
}

/** What happened between two states of the connection. While there is no session, its parts have no news of their own. */
export function linkNews(before: Health, now: Health): readonly LinkNews[] {
  const session = sessionNews(before, now);
  if (session.length > 0 || now.state !== 'connected') return session;
  return [
    ...layerNews('the link to the broker', before.health.upstream, now.health.upstream),
    ...Object.entries(now.health.farms).flatMap(([farm, layer]) => layerNews(`farm ${farm}`, before.health.farms[farm], layer)),
  ];
}

/** One line about the connection as it is. */
export function linkText({ state, health }: Health, nowMs: number): string {
  const { upstream } = health;
  const down = Object.entries(health.farms).filter(([, layer]) => layer.status === 'down').map(([farm]) => farm);
  return `${state}, upstream ${upstream.status} for ${span(Math.max(0, nowMs - upstream.sinceMs))}${upstream.status === 'up' ? '' : `: ${upstream.cause}`}${down.length === 0 ? '' : `, farms down: ${down.join(', ')}`}`;
}
