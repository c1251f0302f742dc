import ts from 'typescript';

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

/** A title as it is written in a file, as a pattern for the titles that it makes: `%s`, `$name` and `${...}` stand for anything. */
export function titlePattern(title: string): string {
  return title
    .split(/(\$\{[^}]*\}|%[sdifjoOc#$]|\$[A-Za-z_][\w.]*)/)
    .map((part, at) => (at % 2 === 1 ? '.*' : escaped(part)))
    .join('');
}

const GROUPS = new Set(['describe', 'suite']);
const TESTS = new Set(['it', 'test']);

/** `describe` of `describe.each(cases)`, `it` of `it`, `test` of `test.for(...)`. */
function rootName(callee: ts.Expression): string | undefined {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return rootName(callee.expression);
  return ts.isTaggedTemplateExpression(callee) ? rootName(callee.tag) : undefined;
}

function titleOf(call: ts.CallExpression, source: ts.SourceFile): string | undefined {
  const [first] = call.arguments;
  if (first === undefined) return undefined;
  if (ts.isStringLiteralLike(first)) return first.getText(source).slice(1, -1);
  return ts.isTemplateExpression(first) ? first.getText(source).slice(1, -1) : undefined;
}

/**
 * Patterns for the full names (groups and title, a space between) of the tests of a file that have this title. None when there is no such test.
 * Names of groups that are no text stand for anything.
 */
export function fullNamePatterns(file: string, text: string, title: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const found: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    let inside = groups;
    if (ts.isCallExpression(node)) {
      const name = rootName(node.expression) ?? '';
      const own = titleOf(node, source);
      const isLast = !ts.isCallExpression(node.parent) || node.parent.expression !== node;
      if (isLast && GROUPS.has(name)) inside = [...groups, own === undefined ? '.*' : titlePattern(own)];
      // A fixture (`const simulated = test.extend(...)`) has a name of its own: the title decides.
      if (isLast && own === title && !GROUPS.has(name) && (TESTS.has(name) || node.arguments.length > 1)) found.push(`^${[...groups, titlePattern(title)].join(' ')}$`);
    }
    ts.forEachChild(node, (child) => {
      visit(child, inside);
    });
  };
  visit(source, []);
  return [...new Set(found)];
}
