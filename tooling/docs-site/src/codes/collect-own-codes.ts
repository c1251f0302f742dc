import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { sourceFiles } from '../repository.js';

/** One place of the sources that makes an error, a finding or a notice with a code of ours. */
export interface CodeSite {
  readonly code: string;
  /** The member whose source it is: `core-connection`, `daemon`. */
  readonly member: string;
  /** The class that is made there, when one is. */
  readonly errorClass?: string | undefined;
  /** What it says; values that are only known when it runs stand as `…`. */
  readonly message?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly tips: readonly string[];
}

const CODE = /^IBKR_[A-Z0-9]+(?:_[A-Z0-9]+)*$/;

/** The text of a literal, a template (with `…` for what it puts in), or texts that are added up. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return `${textOf(node.left) ?? '…'}${textOf(node.right) ?? '…'}`;
  }
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return textOf(node.body);
  if (ts.isConditionalExpression(node)) return textOf(node.whenTrue);
  return undefined;
}

/** Every code that an expression can be: of a literal, or of the branches of a condition. */
function codesOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return CODE.test(node.text) ? [node.text] : [];
  if (ts.isParenthesizedExpression(node)) return codesOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...codesOf(node.whenTrue), ...codesOf(node.whenFalse)];
  if (ts.isBinaryExpression(node)) return [...codesOf(node.left), ...codesOf(node.right)];
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return codesOf(node.expression);
  return [];
}

function propertyOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = node.properties.find((property): property is ts.PropertyAssignment => ts.isPropertyAssignment(property) && ts.isIdentifier(property.name) && property.name.text === name);
  return found?.initializer;
}

function tipsOf(node: ts.Expression | undefined): readonly string[] {
  if (node === undefined || !ts.isArrayLiteralExpression(node)) return [];
  return node.elements.flatMap((element) => (ts.isStringLiteralLike(element) || ts.isTemplateExpression(element) ? (textOf(element) ?? []) : []));
}

function flagOf(node: ts.Expression | undefined): boolean | undefined {
  if (node?.kind === ts.SyntaxKind.TrueKeyword) return true;
  return node?.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
}

/** The class of the error whose options an object literal is. */
function classOf(node: ts.Node): string | undefined {
  const { parent } = node;
  return ts.isNewExpression(parent) && ts.isIdentifier(parent.expression) ? parent.expression.text : undefined;
}

function siteIn(node: ts.StringLiteralLike, member: string): CodeSite {
  const base = { code: node.text, member };
  let at: ts.Node = node;
  while (ts.isExpression(at.parent) && codesOf(at.parent).includes(node.text)) at = at.parent;
  const { parent } = at;
  if (ts.isPropertyAssignment(parent) && ts.isObjectLiteralExpression(parent.parent)) {
    const object = parent.parent;
    const said = ['message', 'text', 'detail', 'title', 'reason', 'rule', 'summary'].map((name) => propertyOf(object, name)).find((value) => value !== undefined);
    const field = propertyOf(object, 'field');
    const subject = said !== undefined && said === propertyOf(object, 'rule') && field !== undefined ? `\`${textOf(field) ?? '…'}\` ` : '';
    const words = said === undefined ? undefined : textOf(said);
    const fix = propertyOf(object, 'fix');
    const hint = fix === undefined ? undefined : textOf(fix);
    return {
      ...base,
      errorClass: classOf(object),
      message: words === undefined || words === '' ? undefined : subject + words,
      retryable: flagOf(propertyOf(object, 'retryable')),
      tips: hint === undefined ? tipsOf(propertyOf(object, 'tips')) : [hint],
    };
  }
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    const rest = (parent.arguments ?? []).filter((argument) => argument !== at).flatMap((argument) => textOf(argument) ?? []).filter((text) => text.includes(' '));
    return { ...base, message: rest[0], tips: rest.slice(1) };
  }
  return { ...base, tips: [] };
}

/** Every place of the sources of packages and apps where a code of ours stands as a literal, in the order of codes and files. */
export function collectOwnCodes(): readonly CodeSite[] {
  const sites: CodeSite[] = [];
  for (const file of sourceFiles()) {
    const text = readFileSync(file, 'utf8');
    if (!text.includes('IBKR_')) continue;
    const member = path.basename(file.slice(0, file.lastIndexOf(`${path.sep}src${path.sep}`)));
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) && CODE.test(node.text) && !ts.isLiteralTypeNode(node.parent)) sites.push(siteIn(node, member));
      // A table of advice, by code.
      if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && CODE.test(node.name.text)) {
        const advice = textOf(node.initializer);
        if (advice !== undefined) sites.push({ code: node.name.text, member, tips: [advice] });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return sites.sort((a, b) => a.code.localeCompare(b.code, 'en'));
}
