import ts from 'typescript';
import type { Source, Sources } from './sources.js';

/** A declaration at the top of a file. */
export interface Found<N extends ts.Node = ts.Node> {
  readonly source: Source;
  readonly node: N;
}

export type TopLevel = ts.FunctionDeclaration | ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.VariableDeclaration;

function topLevel(source: Source): readonly (readonly [string, TopLevel])[] {
  return source.tree.statements.flatMap((statement): readonly (readonly [string, TopLevel])[] => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap((node) => (ts.isIdentifier(node.name) ? [[node.name.text, node] as const] : []));
    const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return isNamed && statement.name !== undefined ? [[statement.name.text, statement]] : [];
  });
}

/** What `export { inner as outer }` of a member calls a name inside. */
function innerName(sources: readonly Source[], name: string): string {
  for (const { tree } of sources) {
    for (const statement of tree.statements) {
      if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue;
      const renamed = statement.exportClause.elements.find((element) => element.name.text === name && element.propertyName !== undefined);
      if (renamed?.propertyName !== undefined) return renamed.propertyName.text;
    }
  }
  return name;
}

/** The declarations of a name at the top of the files of a member, or, when it has none, of the others whose names it may export. */
export function declarationsOf(name: string, member: string, sources: Sources): readonly Found<TopLevel>[] {
  const own = sources.of(member);
  const inner = innerName(own, name);
  const search = (list: readonly Source[], wanted: string): readonly Found<TopLevel>[] =>
    list.flatMap((source) => topLevel(source).flatMap(([text, node]) => (text === wanted && (!ts.isFunctionDeclaration(node) || node.body !== undefined) ? [{ source, node }] : [])));
  const here = search(own, inner);
  if (here.length > 0) return here;
  return sources.packages().filter((other) => other !== member).flatMap((other) => search(sources.of(other), inner));
}

/** The text of a property's or member's name, without quotes. */
export function nameText(name: ts.PropertyName | ts.BindingName | undefined): string | undefined {
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isPrivateIdentifier(name)) ? name.text : undefined;
}

/** All nodes of a tree that pass. */
export function nodesOf<N extends ts.Node>(root: ts.Node, wanted: (node: ts.Node) => node is N): readonly N[] {
  const found: N[] = [];
  const visit = (node: ts.Node): void => {
    if (wanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** The names behind `extends` or `implements`. */
export function heritage(node: ts.ClassLikeDeclaration, token: ts.SyntaxKind.ExtendsKeyword | ts.SyntaxKind.ImplementsKeyword): readonly string[] {
  return (node.heritageClauses ?? []).filter((clause) => clause.token === token).flatMap(({ types }) => types.map(({ expression }) => expression.getText()));
}

/** What is behind `as const`, `satisfies T`, parentheses and `Object.freeze(...)`. */
export function bare(node: ts.Expression): ts.Expression {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) return bare(node.expression);
  const [only] = ts.isCallExpression(node) && node.expression.getText() === 'Object.freeze' ? node.arguments : [];
  return only === undefined ? node : bare(only);
}
