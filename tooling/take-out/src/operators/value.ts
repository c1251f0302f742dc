import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { bare, declarationsOf, nodesOf } from '../source/declarations.js';
import type { TopLevel } from '../source/declarations.js';
import type { Edit, Mutation } from '../source/edit.js';
import type { Source, Sources } from '../source/sources.js';
import { NOTHING, functionOf, throwing, unconstructible } from './throwing.js';

const UNUSABLE = "new Proxy(function () {}, { get() { throw new Error('taken out'); }, ownKeys() { throw new Error('taken out'); }, apply() { throw new Error('taken out'); } })";

function replaced({ file, tree }: Source, node: ts.Node, text: string): readonly Edit[] {
  return [{ file, start: node.getStart(tree), end: node.getEnd(), text }];
}

/** An array without one of its elements, for each. */
function withoutElements(source: Source, node: ts.ArrayLiteralExpression): readonly Mutation[] {
  return node.elements.slice(0, 2).map((element, at) => {
    const next = node.elements[at + 1];
    const end = next === undefined ? element.getEnd() : next.getStart(source.tree);
    return { operator: `without element ${String(at + 1)}`, edits: [{ file: source.file, start: element.getStart(source.tree), end, text: '' }] };
  });
}

/** An object without its members, and without one of them. */
function withoutMembers(source: Source, node: ts.ObjectLiteralExpression): readonly Mutation[] {
  const [first] = node.properties;
  const single = first === undefined ? [] : [{ operator: 'without its first member', edits: [{ file: source.file, start: first.getStart(source.tree), end: node.properties[1]?.getStart(source.tree) ?? first.getEnd(), text: '' }] }];
  return [{ operator: 'empty', edits: replaced(source, node, '{}') }, ...single];
}

function constant(source: Source, initializer: ts.Expression): readonly Mutation[] {
  const inner = bare(initializer);
  const into = (operator: string, text: string): Mutation => ({ operator, edits: replaced(source, inner, text) });
  if (ts.isObjectLiteralExpression(inner)) return withoutMembers(source, inner);
  if (ts.isArrayLiteralExpression(inner)) return [into('empty', '[]'), ...withoutElements(source, inner)];
  if (ts.isNumericLiteral(inner) || ts.isPrefixUnaryExpression(inner) || ts.isBinaryExpression(inner)) return [into('0', '0'), into('NaN', 'Number.NaN'), into('one more', `(${inner.getText(source.tree)}) + 1`)];
  if (ts.isStringLiteralLike(inner)) return [into('another text', "'taken out'")];
  if (ts.isRegularExpressionLiteral(inner)) return [into('matches nothing', '/(?!)/')];
  const isSchema = /\bz\.\w+\(/.test(inner.getText(source.tree)) || (ts.isCallExpression(inner) && /^\w*[sS]chema\b/.test(inner.getText(source.tree)));
  const schema = isSchema ? [into('fits nothing', /import .*\bz\b.* from 'zod'/.test(source.text) ? 'z.never()' : `${inner.getText(source.tree)}.refine(() => false)`)] : [];
  // Where others are made from it, and must not break while they load.
  const objects = isSchema ? nodesOf(inner, ts.isCallExpression).filter(({ expression }) => /^z\.\w*[oO]bject$/.test(expression.getText(source.tree))).slice(0, 1) : [];
  const demanding = objects.flatMap(({ arguments: [shape] }) => (shape !== undefined && ts.isObjectLiteralExpression(shape) ? [{ operator: 'wants what nobody sends', edits: [{ file: source.file, start: shape.getStart(source.tree) + 1, end: shape.getStart(source.tree) + 1, text: ' takenOut: z.string(),' }] }] : []));
  // The first of several in a call that makes a table of them: new Set([...]), new Map([...]), defineAll([...]).
  const tables = ts.isNewExpression(inner) || ts.isCallExpression(inner) ? (inner.arguments ?? []).map(bare).filter((argument) => ts.isArrayLiteralExpression(argument) || ts.isObjectLiteralExpression(argument)).flatMap((argument) => constant(source, argument)) : [];
  return [...schema, ...demanding, ...tables, into('throws when used', UNUSABLE), into('undefined', '(undefined)')];
}

function mutationsOf(source: Source, node: TopLevel): readonly Mutation[] {
  if (ts.isFunctionDeclaration(node)) return [{ operator: 'throws', edits: throwing(source, node) }, { operator: 'gives nothing', edits: throwing(source, node, NOTHING) }];
  if (ts.isClassDeclaration(node)) {
    const all = (body?: string): readonly Edit[] => node.members.filter((member) => ts.isMethodDeclaration(member) || ts.isAccessor(member)).flatMap((member) => throwing(source, member, body));
    const everything = all();
    return [{ operator: 'its constructor throws', edits: unconstructible(source, node) }, ...(everything.length === 0 ? [] : [{ operator: 'everything of it throws', edits: everything }, { operator: 'everything of it gives nothing', edits: all(NOTHING) }])];
  }
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return [];
  const own = functionOf(bare(node.initializer));
  return own === undefined ? constant(source, node.initializer) : [{ operator: 'throws', edits: throwing(source, own) }];
}

/** Takes what is exported under a name out: functions and classes throw, constants are emptied. */
export function takeOutValue({ name }: Extract<Feature, { kind: 'value' }>, member: string, sources: Sources): readonly Mutation[] {
  return declarationsOf(name, member, sources).flatMap(({ source, node }) => mutationsOf(source, node));
}
