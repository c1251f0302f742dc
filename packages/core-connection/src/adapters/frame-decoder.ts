import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import { Decoder, UnderrunError } from '@stoqey/ib/dist/core/io/decoder.js';
import type { DecoderCallbacks } from '@stoqey/ib/dist/core/io/decoder.js';
import type { ServerMessage } from '@ibkit/wire';
import { correctedArguments, tokensForLibrary } from './library-corrections.js';

/** `@stoqey/ib`: ErrorCode.UNKNOWN_ID and ErrorCode.BAD_MESSAGE. */
const UNKNOWN_ID = 505;
const BAD_MESSAGE = 508;
const TICK_TYPE_BID = 1;
const TICK_TYPE_BID_SIZE = 0;

interface DecodedEvent {
  readonly name: EventName;
  readonly args: readonly unknown[];
}

/**
 * The library's decoder, fed with one frame at a time.
 *
 * The library keeps one flat queue for all messages, which makes a long answer quadratic (100,000 bars block for minutes) and lets a short
 * frame eat the next one. Here each frame has its own cursor, and its events leave only once it is decoded completely.
 */
export class FrameDecoder extends Decoder {
  readonly #out: DecoderCallbacks;
  #tokens: readonly string[] = [];
  #at = 0;
  #events: DecodedEvent[] = [];

  constructor(out: DecoderCallbacks) {
    super(out);
    this.#out = out;
    // The library's own method is private and fills a private queue; its message routines call it by this name.
    Object.defineProperty(this, 'emit', {
      value: (name: EventName, ...args: unknown[]): void => {
        this.#events.push({ name, args });
      },
    });
  }

  override readStr(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new UnderrunError('End of message reached.');
    this.#at += 1;
    return token;
  }

  /** Decodes one frame and emits its events. Never throws because of the frame; `message` is our own reading of it, when there is one. */
  decode(tokens: readonly string[], message: ServerMessage | undefined): void {
    this.#tokens = tokensForLibrary(tokens, this.#out.serverVersion);
    this.#at = 0;
    this.#events = [];
    let id = 0;
    try {
      id = this.readInt();
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the routine takes any number and reports unknown ones
      this.processMsg(id);
      if (this.#at < this.#tokens.length) {
        this.#out.emitError(`Decoding error on message ${id}: ${this.#tokens.length - this.#at} unread fields.`, UNKNOWN_ID);
      }
    } catch (error) {
      this.#fault(id, error, message);
    }
    const events = this.#events;
    this.#events = [];
    this.#tokens = [];
    for (const { name, args } of events) {
      this.#out.emitEvent(name, ...correctedArguments(name, args, message));
      if (name === EventName.tickPrice) this.#emitBidSize(message);
    }
  }

  /** The library loses the size that comes with a bid price, because the tick type of bid sizes is 0 and it tests for truth. */
  #emitBidSize(message: ServerMessage | undefined): void {
    if (message?.type !== 'tickPrice' || message.tickType !== TICK_TYPE_BID) return;
    this.#out.emitEvent(EventName.tickSize, message.reqId, TICK_TYPE_BID_SIZE, message.size);
  }

  #fault(id: number, error: unknown, message: ServerMessage | undefined): void {
    // The library parses the JSON of a rejection and throws on what is not JSON; the user gets the text instead.
    if (message?.type === 'errMsg' && message.id !== -1) {
      this.#out.emitError(message.msg, message.code, message.id, message.advancedRejectJson);
      return;
    }
    const text = error instanceof Error ? error.message : String(error);
    const underrun = error instanceof UnderrunError;
    this.#out.emitError(`${underrun ? 'Underrun' : 'Decoding'} error on message ${id}: ${text}`, underrun ? UNKNOWN_ID : BAD_MESSAGE);
  }
}
