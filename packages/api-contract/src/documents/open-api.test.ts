import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as contract from '../index.js';
import { openApiDocument } from './open-api.js';

const document = openApiDocument({ version: '1.2.3', url: 'http://127.0.0.1:8787' });

describe('openApiDocument', () => {
  it('is a valid OpenAPI 3.1 document, also after a round trip as JSON', async () => {
    const copy: unknown = JSON.parse(JSON.stringify(document));
    expect(copy).toEqual(document);
    const validator = new Validator();
    const result = await validator.validate(JSON.stringify(document, undefined, 2));
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  });

  it('has every route, with its scope, its statuses and its parameters', () => {
    for (const [name, route] of Object.entries<contract.Route>(contract.ROUTES)) {
      const operation = document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
      expect(operation, name).toMatchObject({ operationId: name, tags: [route.group] });
      expect(operation?.['x-scope'], name).toBe(route.scope);
      expect(Object.keys(z.record(z.string(), z.unknown()).parse(operation?.['responses'])).sort(), name).toEqual([...new Set([...(route.statuses ?? [200]), ...route.errors])].map(String).sort());
      const named = z.array(z.object({ name: z.string(), in: z.string() })).parse(operation?.['parameters'] ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(named, name).toEqual([...Object.keys(route.params?.shape ?? {}).map((field) => `path ${field}`), ...Object.keys(route.query?.shape ?? {}).map((field) => `query ${field}`), ...(route.idempotent === true ? ['header Idempotency-Key'] : [])]);
      expect(operation !== undefined && 'requestBody' in operation, name).toBe(route.body !== undefined);
    }
    expect(Object.values(document.paths).flatMap((methods) => Object.keys(methods))).toHaveLength(Object.keys(contract.ROUTES).length);
  });

  it('has every named schema that a route uses', () => {
    const known = Object.keys(document.components['schemas'] ?? {});
    const seen = new Set<z.ZodType>();
    const ids = new Set<string>();
    const visit = (value: unknown): void => {
      if (value instanceof z.ZodType) {
        if (seen.has(value)) return;
        seen.add(value);
        const id = value.meta()?.id;
        if (typeof id === 'string') ids.add(id);
        visit(value.def);
      } else if (Array.isArray(value)) for (const item of value) visit(item);
      else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) visit(item);
    };
    for (const { params, query, body, response } of Object.values<contract.Route>(contract.ROUTES)) visit([params?.shape, query?.shape, body, response, contract.problemSchema]);
    expect(ids.size).toBeGreaterThan(30);
    expect([...ids].filter((id) => !known.includes(id))).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(refs.length).toBeGreaterThan(100);
    for (const [, kind = '', name = ''] of refs) expect(Object.keys(document.components[kind] ?? {})).toContain(name);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it('closes what is sent and leaves open what is read', () => {
    const schemas = document.components['schemas'] ?? {};
    expect(schemas['SingleOrder']).toMatchObject({ additionalProperties: false });
    expect(schemas['Order']).not.toHaveProperty('additionalProperties');
  });
});
