import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

const DIRECTORY = fileURLToPath(new URL('../../../../docs/schemas', import.meta.url));

/** The names of the schemas that are published. */
export const SCHEMAS: readonly string[] = readdirSync(DIRECTORY).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));

const compiled = new Map<string, ValidateFunction>();

function validatorOf(name: string): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const schema: unknown = JSON.parse(readFileSync(path.join(DIRECTORY, `${name}.json`), 'utf8'));
  if (typeof schema !== 'object' || schema === null) throw new Error(`docs/schemas/${name}.json is no schema`);
  // One for each: their definitions have the same names.
  const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
  compiled.set(name, validate);
  return validate;
}

/** What of a document does not fit the published schema; empty when all does. */
export function faultsOf(name: string, document: unknown): readonly string[] {
  const validate = validatorOf(name);
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`);
}

/** The whole lines of an output as JSON. @throws Error for the line that is none, or that has no end */
export function documentsIn(stdout: string): readonly unknown[] {
  if (stdout === '') return [];
  if (!stdout.endsWith('\n')) throw new Error(`The last line has no end: ${stdout.slice(-200)}`);
  return stdout.slice(0, -1).split('\n').map((line, index) => {
    try {
      const document: unknown = JSON.parse(line);
      return document;
    } catch (error) {
      throw new Error(`Line ${index + 1} is no JSON: ${line}`, { cause: error });
    }
  });
}

/** The paths of every value in a document, with the elements of a list taken together: what two documents that differ in their values alone have in common. */
export function shapeOf(document: unknown, at = ''): readonly string[] {
  if (Array.isArray(document)) return [...new Set([`${at}[]`, ...document.flatMap((element: unknown) => shapeOf(element, `${at}[]`))])].sort();
  if (typeof document !== 'object' || document === null) return [at];
  return [...new Set(Object.entries(document).flatMap(([key, value]) => shapeOf(value, `${at}.${key}`)))].sort();
}
