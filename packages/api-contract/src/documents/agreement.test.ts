import { expect, it } from 'vitest';
import * as z from 'zod';
import * as contract from '../index.js';

/** A schema without those that it refers to, which have lines of their own. */
function ownPart(schema: z.ZodType): object {
  const whole = Object.entries(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return Object.fromEntries(whole.filter(([key]) => key !== '$defs' && key !== '$schema'));
}

/** What programs of others rely on, one line for each: schemas as JSON Schema, routes, topics, and the lists. */
function agreement(): string {
  const schemas = Object.entries(contract).flatMap(([name, value]) => (value instanceof z.ZodType ? [[name, ownPart(value)] as const] : []));
  const routes = Object.entries<contract.Route>(contract.ROUTES).map(([name, { method, path, scope, statuses, errors, idempotent, accounts }]) => [`${method} ${path}`, { name, scope, statuses, errors: [...errors].sort((a, b) => a - b), idempotent, accounts }] as const);
  const topics = Object.entries<contract.TopicKind>(contract.TOPIC_KINDS).map(([name, { pattern, accounts, durable, modes }]) => [`topic ${name}`, { pattern, accounts, durable, modes }] as const);
  const lists = Object.entries(contract).flatMap(([name, value]) => (/^[A-Z_]+$/.test(name) && name !== 'ROUTES' && name !== 'TOPIC_KINDS' ? [[name, value] as const] : []));
  const lines = [...schemas, ...routes, ...topics, ...lists].map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

// After a change that is meant: npx vitest run src/documents/agreement.test.ts --update, and a changeset that tells it.
it('the contract is what was agreed', async () => {
  await expect(agreement()).toMatchFileSnapshot('agreement.json');
});
