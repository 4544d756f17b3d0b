// Finds the mutants of a TypeScript source (small changes that its tests should notice), and writes a version of the source that contains all
// of them, each behind a switch (`$m(id)`). One process can then try thousands without reloading.
import MagicString from 'magic-string';
import { parseAst } from 'vite';

/** @typedef {{ type: string, start: number, end: number, [field: string]: any }} Node an ESTree node, with TypeScript's own beside it */

/**
 * @typedef {object} Mutant
 * @property {number} line from 1
 * @property {number} column from 1
 * @property {string} from the code that is changed, in one line
 * @property {string} to the changed code
 * @property {Node} node the expression or statement that holds the switch
 * @property {string} code what runs instead when the switch is on; empty for a statement that is left out
 */

/** @type {Record<string, readonly string[]>} */
const OPERATORS = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '/=': ['*='],
  '|=': ['&='],
  '&=': ['|='],
  '??=': ['='],
};

/** Calls that are replaced by another: functions by their full name, methods by their own. */
const REPLACED_CALLS = new Map([
  ['Math.min', 'max'],
  ['Math.max', 'min'],
  ['Math.floor', 'ceil'],
  ['Math.ceil', 'floor'],
  ['Math.round', 'floor'],
  ['some', 'every'],
  ['every', 'some'],
]);

/** Functions whose call is replaced by its argument, and methods whose call is replaced by the object. */
const PASSED = new Set(['Math.fround', 'Math.abs', 'Math.trunc', 'Math.sqrt', 'Object.freeze']);
const LEFT_OUT = new Set(['filter', 'slice', 'subarray', 'sort', 'toSorted', 'reverse', 'toReversed']);

const LOOPS = new Set(['ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement', 'DoWhileStatement']);

/** TypeScript's nodes that contain an expression; all others are types, which do not run. */
const TYPED_EXPRESSIONS = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSInstantiationExpression',
]);

/** @param {Node} node */
const isText = (node) => node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string');

/** @param {unknown} value @returns {value is Node} */
const isNode = (value) => typeof value === 'object' && value !== null && typeof (/** @type {Node} */ (value).type) === 'string';

/**
 * The child nodes in source order, without types, property names, arguments of errors, and a family's `cases` (test data) and `traps`
 * (prose).
 * @param {Node} node
 */
function children(node) {
  if (node.type === 'Property' && ['cases', 'traps'].includes(node['key'].name)) return [];
  const named = (node.type === 'Property' || node.type === 'PropertyDefinition') && !node['computed'];
  const wordsError = node.type === 'NewExpression' && node['callee'].name?.endsWith('Error');
  return Object.entries(node)
    .filter(([field]) => !(named && field === 'key') && !(wordsError && field === 'arguments') && field !== 'parent')
    .flatMap(([, value]) => value)
    .filter((value) => isNode(value) && (!value.type.startsWith('TS') || TYPED_EXPRESSIONS.has(value.type)))
    .toSorted((one, other) => one.start - other.start);
}

/**
 * The replacements for one node.
 * @param {Node} node
 * @param {(part: Node) => string} text
 * @returns {string[]}
 */
function changes(node, text) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'AssignmentExpression': {
      const { left, right, operator } = node;
      if (isText(left) || isText(right)) return operator === '===' || operator === '!==' ? flip() : [];
      return flip();
    }
    case 'LogicalExpression':
      return node['operator'] === '??' ? [`(${text(node['left'])})`, `(${text(node['right'])})`] : flip();
    case 'UnaryExpression':
      return ['!', '-', '~'].includes(node['operator']) ? [text(node['argument'])] : [];
    case 'UpdateExpression': {
      const operator = node['operator'] === '++' ? '--' : '++';
      return [node['prefix'] ? operator + text(node['argument']) : text(node['argument']) + operator];
    }
    case 'Literal':
      return literals(node);
    case 'CallExpression':
      return calls(node, text);
    case 'ChainExpression':
      return [
        text(node)
          .replace(/\?\.(?=[[(])/, '')
          .replace('?.', '.'),
      ];
    case 'ArrayExpression':
      return node['elements'].length > 0 ? ['[]'] : [];
    case 'ThrowStatement': {
      const { argument } = node;
      const errorClass = argument.type === 'NewExpression' && argument.callee.name;
      return errorClass && errorClass !== 'Error' ? ['', text(node).replace(errorClass, 'Error')] : [''];
    }
    case 'ExpressionStatement':
      return ['CallExpression', 'AssignmentExpression', 'AwaitExpression', 'UpdateExpression'].includes(
        node['expression'].type,
      ) && node['expression'].callee?.type !== 'Super'
        ? ['']
        : [];
    case 'BreakStatement':
    case 'ContinueStatement':
      return [''];
    default:
      return [];
  }

  // Only the operator is replaced, so parentheses stay.
  function flip() {
    const { left, right, operator } = node;
    const whole = text(node);
    const at = whole.indexOf(operator, left.end - node.start);
    const others = right.end > left.end && Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : [];
    return others.map((other) => whole.slice(0, at) + other + whole.slice(at + operator.length));
  }
}

/** @param {Node} node */
function literals({ value, bigint }) {
  if (typeof value === 'boolean') return [String(!value)];
  if (typeof value === 'bigint') return [`${BigInt(bigint) + 1n}n`];
  if (typeof value !== 'number') return [];
  return [value === 0 ? '1' : String(value - 1)];
}

/** @param {Node} node @param {(part: Node) => string} text */
function calls(node, text) {
  const { callee, arguments: args } = node;
  if (callee.type !== 'MemberExpression' || callee.computed) return [];
  const whole = text(callee).replaceAll(/\s/g, '');
  const method = callee.property.name;
  if (PASSED.has(whole)) return [text(args[0])];
  const other = REPLACED_CALLS.get(whole.startsWith('Math.') ? whole : method);
  if (other !== undefined) return [text(callee).replace(/\w+$/, other) + text(node).slice(callee.end - node.start)];
  return LEFT_OUT.has(method) ? [text(callee.object)] : [];
}

/** A condition is also replaced by true and by false; that of a loop only by false, because true would not end. @param {Node} node */
function outcomes(node) {
  if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') return ['true', 'false'];
  return LOOPS.has(node.type) && node['test'] ? ['false'] : [];
}

/**
 * All mutants of a source, in source order.
 * @param {string} source
 * @returns {{ mutants: Mutant[], loops: Node[] }} loops: the loop bodies, in which steps are counted
 */
export function findMutants(source) {
  /** @type {Mutant[]} */
  const mutants = [];
  /** @type {Node[]} */
  const loops = [];
  const starts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const text = (/** @type {Node} */ { start, end }) => source.slice(start, end);
  const oneLine = (/** @type {string} */ code) => code.replaceAll(/\s+/g, ' ');
  /** @param {Node} node @param {string} code */
  const add = (node, code) => {
    const line = starts.findLastIndex((start) => start <= node.start);
    const place = { line: line + 1, column: node.start - starts[line] + 1 };
    mutants.push({ ...place, from: oneLine(text(node)), to: code === '' ? '(left out)' : oneLine(code), node, code });
  };
  /** @param {Node} node */
  const visit = (node) => {
    if (node.type === 'ImportDeclaration' || node['source']) return;
    for (const code of changes(node, text)) add(node, code);
    for (const code of outcomes(node)) add(node['test'], code);
    if (LOOPS.has(node.type)) loops.push(node['body']);
    for (const child of children(node)) visit(child);
  };
  visit(parseAst(source, { lang: 'ts' }));
  return { mutants: mutants.toSorted((one, other) => one.node.start - other.node.start || other.node.end - one.node.end), loops };
}

/**
 * The source with all its mutants, numbered from `first`. Line numbers do not change.
 * @param {string} source
 * @param {number} first
 * @returns {string}
 */
export function instrument(source, first) {
  const { mutants, loops } = findMutants(source);
  const edited = new MagicString(source);
  /** @type {{ node: Node, before: string, after: string }[]} */
  const wraps = loops.map((node) => ({ node, before: '{ $s(); ', after: ' }' }));
  for (const [index, { node, code }] of mutants.entries()) {
    const on = `$m(${first + index})`;
    if (!node.type.endsWith('Statement')) wraps.push({ node, before: `(${on} ? ${code} : `, after: ')' });
    else wraps.push({ node, before: code === '' ? `{ if (!${on}) ` : `{ if (${on}) ${code} else `, after: ' }' });
  }
  // Outer wraps open first. Of two around one node, the one that opens first closes last.
  wraps.sort((one, other) => one.node.start - other.node.start || other.node.end - one.node.end);
  for (const { node, before } of wraps) edited.appendLeft(node.start, before);
  for (const { node, after } of wraps.toReversed()) edited.appendLeft(node.end, after);
  edited.prepend('const { at: $m, step: $s } = globalThis.__mutation; ');
  return edited.toString();
}
