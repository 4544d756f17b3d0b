// Makes an example check itself: every comment that states a value becomes a comparison. Line numbers do not change.
import ts from 'typescript-5.4';
import { readPattern, statesValue } from './value-pattern.ts';

interface Edit {
  readonly at: number;
  readonly text: string;
}

/** The names an example uses without declaring or importing them. */
export function freeNames(code: string): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  walk(parse(code), (node) => {
    if (!ts.isIdentifier(node)) return;
    const { parent } = node;
    const isMember = (ts.isPropertyAccessExpression(parent) && parent.name === node) || ts.isPropertyAssignment(parent);
    const binds =
      (ts.isVariableDeclaration(parent) ||
        ts.isBindingElement(parent) ||
        ts.isParameter(parent) ||
        ts.isFunctionDeclaration(parent)) &&
      parent.name === node;
    if (binds || ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent))
      declared.add(node.text);
    else if (!isMember || (ts.isPropertyAssignment(parent) && parent.initializer === node)) used.add(node.text);
  });
  for (const name of declared) used.delete(name);
  return used;
}

/** How many values of the example are compared, and its code with the comparisons: calls of `expectValue`. */
export function instrument(code: string, where: (line: number) => string): { code: string; compared: number } {
  const source = parse(code);
  const edits: Edit[] = [];
  let compared = 0;
  walk(source, (node) => {
    const stated = statedValue(node, code);
    if (stated === null) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
    compared++;
    edits.push(
      { at: stated.start, text: `${stated.before}expectValue((` },
      { at: stated.end, text: `), ${JSON.stringify(stated.comment)}, ${JSON.stringify(where(line))})${stated.after}` },
    );
  });
  // From the end, so earlier positions stay valid.
  const ordered = edits.toSorted((one, other) => other.at - one.at);
  return { code: ordered.reduce((text, { at, text: added }) => text.slice(0, at) + added + text.slice(at), code), compared };
}

interface Stated {
  readonly start: number;
  readonly end: number;
  readonly comment: string;
  readonly before: string;
  readonly after: string;
}

/** The expression of a statement whose comment states its value: `f(x); // 3`, `console.log(f(x)); // 3`, `const y = f(x); // 3`. */
function statedValue(node: ts.Node, code: string): Stated | null {
  if (ts.isExpressionStatement(node)) {
    const comment = commentAfter(code, node.end);
    if (comment === null || !statesValue(comment)) return null;
    const { expression } = node;
    const isLog = ts.isCallExpression(expression) && expression.expression.getText() === 'console.log';
    if (isLog && expression.arguments.length === 1) return around(expression.arguments[0], comment);
    return { ...around(expression, comment), before: ';' };
  }
  if (ts.isVariableStatement(node) && node.declarationList.declarations.length === 1) {
    const comment = commentAfter(code, node.end);
    const [{ name, initializer }] = node.declarationList.declarations;
    // A shape in words after a declaration, `// [batch, heads]`, states no value.
    if (comment === null || !ts.isIdentifier(name) || initializer === undefined) return null;
    return comment.startsWith('=>') || (statesValue(comment) && readPattern(comment) !== null)
      ? around(initializer, comment)
      : null;
  }
  return null;
}

function around(expression: ts.Expression, comment: string): Stated {
  return { start: expression.getStart(), end: expression.end, comment, before: '', after: '' };
}

/** The comment behind a statement on its line, or `// => ...` on the next. */
function commentAfter(code: string, end: number): string | null {
  const rest = code.slice(end);
  const found = /^[ \t]*\/\/(.*)/.exec(rest) ?? /^[ \t]*\n[ \t]*\/\/ ?(=>.*)/.exec(rest);
  return found === null ? null : found[1].trim();
}

function parse(code: string): ts.SourceFile {
  return ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true);
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
