import { parseTopic, topicText } from '@ibkit/api-contract';
import type { ClientStreamMessage, StreamMode, Topic } from '@ibkit/api-contract';
import { maySee } from './account-limits.js';
import { readResumeToken } from './resume-token.js';
import type { ResumePoint } from './resume-token.js';
import { modesOf } from './topic-modes.js';

/** A message that asks for a topic. */
export type SubMessage = Extract<ClientStreamMessage, { t: 'sub' }>;

/** What is asked for, in full. */
export interface SubscribeRequest {
  readonly topic: Topic;
  /** Names the topic with everything that its text does not say. */
  readonly key: string;
  readonly mode: StreamMode;
  readonly resume: ResumePoint | undefined;
}

/** Why a client does not get what it asked for. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** Reads what a client wants. Gives back why it cannot have it when the message, or what the client may see, says so. */
export function readSubscribe(message: SubMessage, accounts: ReadonlySet<string> | undefined): SubscribeRequest | Refusal {
  const { topic: text, mode: wanted, resume: token } = message;
  const topic = parseTopic(text);
  if (topic === undefined) return { code: 'IBKR_TOPIC_UNKNOWN', detail: 'There is no such topic: see /asyncapi.json for all of them.' };
  const modes = modesOf(topic.kind);
  const mode = wanted ?? modes[0] ?? 'all';
  if (!modes.includes(mode)) return { code: 'IBKR_STREAM_MODE', detail: `The topic ${topic.kind} can be had in mode ${modes.join(', ')}; nothing of it may be folded.` };
  if (!maySee(topic, accounts)) return { code: 'IBKR_STREAM_FORBIDDEN', detail: 'This token may not see that account.' };
  const key = keyOf(topic, message);
  const resume = token === undefined ? undefined : readResumeToken(key, token);
  if (token !== undefined && resume === undefined) return { code: 'IBKR_STREAM_RESUME', detail: 'This is no resume token of this topic: subscribe without one.' };
  return { topic, key, mode, resume };
}

function keyOf(topic: Topic, { instrument, marketData }: SubMessage): string {
  const fields = Object.entries(instrument ?? {}).filter(([, value]) => value !== undefined).sort(([one], [other]) => (one < other ? -1 : 1));
  return [topicText(topic), ...(marketData === undefined ? [] : [marketData]), ...(fields.length === 0 ? [] : [JSON.stringify(fields)])].join(' ');
}
