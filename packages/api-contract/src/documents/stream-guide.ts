import { STREAM_CLOSE, STREAM_PROTOCOLS } from '../stream/messages.js';

/** What each close code means; those of the WebSocket protocol itself included where the daemon uses them. */
export const CLOSE_CODES: Readonly<Record<number, string>> = {
  [STREAM_CLOSE.goingAway]: 'The daemon stops. Connect again and resume.',
  1009: 'A message was larger than `hello.limits.messageBytes`.',
  [STREAM_CLOSE.unauthorized]: 'Nobody introduced himself in time, the token or ticket is none, or it is over.',
  [STREAM_CLOSE.forbidden]: 'The token may not open streams.',
  [STREAM_CLOSE.badMessage]: 'Too many messages that cannot be understood.',
  [STREAM_CLOSE.slowConsumer]: 'The client did not take what was sent. The `end` message before it says where each subscription can be resumed.',
  [STREAM_CLOSE.tooMany]: 'Too many messages per second, or too many connections of one token.',
};

/** The protocol in words: enough, with the schemas, to write a client. */
export const STREAM_GUIDE = `One WebSocket carries any number of subscriptions to topics.

**Connect** to \`/v1/stream\`. Programs send \`Authorization: Bearer TOKEN\` with the upgrade request. Browsers cannot: they ask for a ticket (\`POST /v1/ws-tickets\`, good for 30 seconds, once) and send it as the first message, \`auth\`, within \`hello.limits.authMs\`. A client that sent the header sends no \`auth\`. One of \`ticket\` and \`token\` is in it. Never put a token into the URL. Requests without a token that is good are refused with HTTP 401 and a problem, those with a foreign \`Host\` or \`Origin\` with 421 and 403, those beyond a limit with 429. Only 429 and 5xx are worth another try with the same token.

**Encoding**: the subprotocol \`${STREAM_PROTOCOLS.json}\` (text frames, the default) or \`${STREAM_PROTOCOLS.msgpack}\` (binary frames). Compression is not offered. The order of the fields of a message means nothing. Ignore fields and messages that you do not know.

**Begin**: the daemon says \`hello\`, and \`welcome\` once it knows who you are. Then send \`sub\` with a number of your own (\`id\`) and a topic. The answer is a \`snapshot\` (all of the topic), or \`resumed\`, or \`err\` (refused: the subscription did not begin; the number may be used again, unless it is refused because there is a subscription of that number), or first a \`stale\` that says why there is nothing yet.

**Follow**: apply each \`delta\` to what you have. Quotes: the fields in it are set, those that are \`null\` are removed. Positions and account values: those in it replace the ones of the same account and contract, or of the same tag and currency; a position of "0" is gone. Orders: by \`id\`; fills: by \`execId\` without a correction suffix. Everything else: the data replaces what you have. A further \`snapshot\` replaces all of it, whenever it comes; its \`reason\` says why: \`start\` (you subscribed), \`resync\` (you asked), \`epochChanged\` (the history that \`resume\` was in is over), \`tooFarBehind\` (it is not kept so long), \`recovered\` (you keep up again), \`reconnected\` (the source of the topic began anew, such as after its first data or an outage). The trade or tick in a \`snapshot\` is the last one known and may be one that you have. The \`snapshot\` of orders has the open ones; an order that is over stays away from the next one.

**Nothing is lost in silence.** \`seq\` counts the messages of a subscription without a hole, from 1 with every \`sub\`, also a resumed one; \`err\`, \`end\` and \`heartbeat\` are not counted. When one is missing, send \`resync\` and ignore that subscription until its next \`snapshot\`, which goes on counting. \`gap\` says that something was missed for good, and, where that is known, between which times. Gaps and their reasons, as the causes of \`stale\`, are texts for people. \`stale\` says that what you have may not be true any more, until a \`delta\` or \`snapshot\` of that subscription comes; \`resumed\`, \`gap\` and \`state\` do not end it. A quote has a doubt of its own beside that: its field \`stale\`, also in a \`snapshot\`, such as before its first data. A \`heartbeat\` comes every \`welcome.heartbeatMs\`, so that silence of a topic is silence of the market; when two are missing, the connection is dead: close it and connect again. Its \`at\` is where each subscription is after all that was sent before it, and may be resumed from in place of that of the last message.

**Modes**: \`all\` sends every change. \`latest\` sends the first at once and then at most one per \`minIntervalMs\` that does what all since then did; \`n\` says how many were folded. \`sampled\` sends one per interval by the clock. Halts, other kinds of data and doubt are never held back. Trades, ticks, orders, executions and the audit trail are never folded.

**Resume**: \`at\` of the last message that you took in, given as \`resume\` with a new \`sub\`, goes on from there. It is opaque, and belongs to its topic with the \`instrument\` and \`marketData\` of its \`sub\`; what is none of that is refused with \`IBKR_STREAM_RESUME\`: subscribe without it, and count that as a gap. \`resumed\` is followed by what was missed, as \`delta\`. When it cannot go on there is always a \`gap\` before the \`snapshot\`. Durable topics (orders, executions, audit) can be resumed from any position, also after a restart of the daemon. Others can be resumed for about ten seconds; after that, and after a restart, you get a \`gap\` and a \`snapshot\`.

**Keep up**: when more than 256 KiB wait for you, volatile topics in mode \`all\` that can be folded are fed as \`latest\`; above 1 MiB volatile topics pause and durable ones wait in the journal; both are told as \`state\`. When you have taken what there was you get \`state\` \`restored\` and a \`snapshot\`, with a \`gap\` before it where changes were left out. A client that takes nothing for ten seconds, or lets nearly 4 MiB pile up, gets \`end\` with \`IBKR_STREAM_SLOW\` and the connection is closed with 4008.

**Values**: prices, sizes and amounts are decimal text, exact. Instants end in \`Us\` (microseconds since 1970, UTC) or \`Ms\`. What is not known is absent, never 0 or -1. Orders and fills keep the milliseconds of the HTTP API.

**End**: \`unsub\`, or close the connection. \`end\` with an \`id\` ends that subscription (its topic is over, such as an instrument without permission); without one it is the last message, and \`resume\` says where each subscription can go on; the \`at\` of the last message that you took in does as well.

**Again**: connect again after every close but 4001 of a token and 4003, after 250 ms at first, twice as long each time up to 10 s, with chance; begin with 250 ms again when a \`heartbeat\` came, not at \`welcome\`. An \`err\` with \`retryable\` is worth a new \`sub\` after a second or more.`;
