/** Where a client was in a topic. */
export interface ResumePoint {
  /** Which history the position is in. */
  readonly epoch: string;
  readonly position: number;
}

const TOKEN = /^([\w-]{1,64})\.([0-9a-z]{1,11})\.([0-9a-z]{1,7})$/u;

function mixed(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/**
 * The resume tokens of one topic and history. They are no secret, since a client may ask for any position of a topic that it may read; the check
 * number is there so that a token of another topic, or a damaged one, is noticed instead of being taken for a place in this one.
 */
export class ResumeTokens {
  readonly epoch: string;
  readonly #start: number;

  constructor(topicKey: string, epoch: string) {
    this.epoch = epoch;
    this.#start = mixed(0x811c9dc5, `${topicKey}|${epoch}|`);
  }

  /** The token of a position. */
  at(position: number): string {
    const digits = position.toString(36);
    return `${this.epoch}.${digits}.${(mixed(this.#start, digits) >>> 0).toString(36)}`;
  }
}

/** Reads a token of a topic; `undefined` for what is none. */
export function readResumeToken(topicKey: string, token: string): ResumePoint | undefined {
  const [, epoch = '', digits = ''] = TOKEN.exec(token) ?? [];
  const position = Number.parseInt(digits, 36);
  if (!Number.isSafeInteger(position) || position.toString(36) !== digits) return undefined;
  return new ResumeTokens(topicKey, epoch).at(position) === token ? { epoch, position } : undefined;
}
