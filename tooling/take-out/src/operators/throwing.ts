import ts from 'typescript';
import type { Edit } from '../source/edit.js';
import type { Source } from '../source/sources.js';

const THROW = "{ throw new Error('taken out'); }";
/** For what is called while files are loaded, where a throw would keep the test from running at all. */
export const NOTHING = '{ return {}; }';

/** A function, method, accessor or constructor that throws at once, or has another body. None for a declaration without a body. */
export function throwing({ file, tree }: Source, node: ts.FunctionLikeDeclaration, replacement = THROW): readonly Edit[] {
  const { body } = node;
  return body === undefined ? [] : [{ file, start: body.getStart(tree), end: body.getEnd(), text: replacement }];
}

/** A class that cannot be constructed. */
export function unconstructible(source: Source, node: ts.ClassDeclaration): readonly Edit[] {
  const own = node.members.filter(ts.isConstructorDeclaration).flatMap((member) => throwing(source, member));
  return own.length > 0 ? own : [{ file: source.file, start: node.members.pos, end: node.members.pos, text: ` constructor() ${THROW}` }];
}

/** The function that an expression is, if it is one. */
export function functionOf(node: ts.Expression | undefined): ts.ArrowFunction | ts.FunctionExpression | undefined {
  return node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) ? node : undefined;
}
