import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { serverMessageSchema } from '../stream/messages.js';
import { STREAM_CODES } from '../stream/stream-codes.js';
import { TOPIC_KINDS } from '../stream/topics.js';
import { asyncApiDocument } from './async-api.js';

const document = asyncApiDocument({ version: '1.2.3', url: 'http://127.0.0.1:8787' });

describe('asyncApiDocument', () => {
  it('is a valid AsyncAPI 3.0 document', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
    expect(diagnostics.filter(({ severity }) => severity.valueOf() < 1).map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
    expect(parsed?.servers().all().map((server) => `${server.protocol()}://${server.host()}`)).toEqual(['ws://127.0.0.1:8787']);
    expect(parsed?.channels().all().map((channel) => channel.id()).sort()).toEqual(['stream', ...Object.keys(TOPIC_KINDS)].sort());
  }, 30_000);

  it('has every message, and all of each topic and its changes', () => {
    const known = Object.keys(document.components['messages'] ?? {});
    for (const { shape } of serverMessageSchema.options) expect(known).toContain(shape.t.value);
    for (const kind of Object.keys(TOPIC_KINDS)) expect(known).toEqual(expect.arrayContaining([`${kind}Snapshot`, `${kind}Delta`]));
  });

  it('refers only to what it has', () => {
    const references: string[] = [];
    JSON.stringify(document, (key, value: unknown) => {
      if (key === '$ref' && typeof value === 'string') references.push(value);
      return value;
    });
    const at = (reference: string): unknown => reference.slice(2).split('/').reduce<unknown>((value, part) => z.record(z.string(), z.unknown()).parse(value)[part], document);
    expect(references.length).toBeGreaterThan(50);
    for (const reference of new Set(references)) expect(at(reference), reference).toBeDefined();
  });

  it('says in words how to follow, to resume and to keep up, and what each close code means', () => {
    const text = String(document.info['description']);
    for (const code of Object.keys(STREAM_CODES)) expect(text).toContain(`* ${code} (`);
    for (const word of ['Authorization', 'ws-tickets', 'resync', 'resume', 'heartbeat', '4008', '4001', '4029', '1001', 'minIntervalMs', 'ibkit.v1+msgpack']) expect(text).toContain(word);
  });

  it('speaks of a secure stream where the API is secure', () => {
    expect(asyncApiDocument({ version: '1', url: 'https://box.example:8787' }).servers['daemon']).toMatchObject({ protocol: 'wss', host: 'box.example:8787' });
  });
});
