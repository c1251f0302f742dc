import path from 'node:path';
import ts from 'typescript';
import type { Feature } from '../page/feature.js';
import { declarationsOf } from '../source/declarations.js';
import type { Mutation } from '../source/edit.js';
import type { Source, Sources } from '../source/sources.js';
import { functionOf } from './throwing.js';
import { takeOutValue } from './value.js';

/** The files that a file imports with a relative path, from the root of the repository. */
function importsOf(file: string, tree: ts.SourceFile): readonly { readonly target: string; readonly names: readonly string[] }[] {
  return tree.statements.filter(ts.isImportDeclaration).flatMap(({ moduleSpecifier, importClause }) => {
    if (!ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith('.')) return [];
    const bindings = importClause?.namedBindings;
    const names = bindings !== undefined && ts.isNamedImports(bindings) && importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword ? bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => (propertyName ?? name).text) : [];
    return [{ target: path.posix.join(path.posix.dirname(file), moduleSpecifier.text).replace(/\.js(x?)$/, '.ts$1'), names }];
  });
}

/** All files that some files need, with them. */
function reach(from: readonly string[], own: readonly Source[]): ReadonlySet<string> {
  const byFile = new Map(own.map((source) => [source.file, source]));
  const found = new Set<string>();
  const visit = (file: string): void => {
    const source = byFile.get(file);
    if (source === undefined || found.has(file)) return;
    found.add(file);
    for (const { target } of importsOf(file, source.tree)) visit(target);
  };
  for (const file of from) visit(file);
  return found;
}

/**
 * Ways to take a part of a feature out: what the test file imports of the modules that the feature is made from. A test of such a part shows a
 * behaviour of the feature; that the feature uses it must be shown by another row of the same name.
 */
export function waysToTakeOutPart(feature: Feature, member: string, sources: Sources, test: { readonly file: string; readonly text: string }): readonly Mutation[] {
  const owner = feature.kind === 'value' ? feature.name : feature.kind === 'member' || feature.kind === 'option' ? feature.owner : undefined;
  if (owner === undefined) return [];
  const own = sources.of(member);
  // A constant is not made from what its file imports.
  const declared = declarationsOf(owner, member, sources).filter(({ node }) => !ts.isVariableDeclaration(node) || functionOf(node.initializer) !== undefined).map(({ source }) => source.file);
  const inside = reach(declared, own);
  const tree = ts.createSourceFile(test.file, test.text, ts.ScriptTarget.Latest, true);
  return importsOf(test.file, tree)
    .filter(({ target }) => inside.has(target) && !declared.includes(target))
    .flatMap(({ target, names }) => names.flatMap((name) => takeOutValue({ kind: 'value', name }, member, sources).filter(({ operator, edits }) => operator.endsWith('throws') && edits.every(({ file }) => file === target)).map(({ operator, edits }) => ({ operator: `through ${name}: ${operator}`, edits }))));
}
