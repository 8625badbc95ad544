import { ExpressionError, type ExpressionErrorKind, type Span } from './error.ts'
import { foreignCall, foreignOperator } from './foreign.ts'
import { type Token, tokenize } from './lexer.ts'
import { limits } from './limit.ts'
import { exceedsBytes } from './text.ts'

/** How tightly each operator binds. Operators of one level associate to the left. */
export const binding = {
  or: 1,
  and: 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  'not in': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
} as const

/** Prefix operators: `not` is looser than a comparison, `-` tighter than any operator between two values. */
export const prefixBinding = { not: 3, '-': 7 } as const

export type BinaryOperator = keyof typeof binding
export type UnaryOperator = keyof typeof prefixBinding

export type Literal = { kind: 'literal'; value: null | boolean | number | string; span: Span }
export type List = { kind: 'list'; items: Expression[]; span: Span }
export type Name = { kind: 'name'; name: string; span: Span }
/** `object.name`; a name of digits is an array index. */
export type Member = { kind: 'member'; object: Expression; name: string; span: Span }
export type Index = { kind: 'index'; object: Expression; index: Expression; span: Span }
export type Call = { kind: 'call'; name: string; args: Expression[]; span: Span }
export type Unary = { kind: 'unary'; operator: UnaryOperator; operand: Expression; span: Span }
export type Binary = {
  kind: 'binary'
  operator: BinaryOperator
  left: Expression
  right: Expression
  span: Span
}

/** `any(x in list, …)`: what `body` says of each element, under the name `variable`. */
export type Each = {
  kind: 'each'
  name: EachName
  variable: string
  source: Expression
  body: Expression
  span: Span
}

/** The functions that ask something of each element of an array. */
export const eachNames = ['any', 'all', 'filter', 'map', 'first', 'count'] as const
export type EachName = (typeof eachNames)[number]

/** The syntax tree of an expression. Spans are offsets in its text. */
export type Expression = Literal | List | Name | Member | Index | Call | Each | Unary | Binary

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])
const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'true', 'false', 'null'])

/** Whether a word has a meaning of its own, so that it names no variable. */
export function isKeyword(word: string): boolean {
  return keywords.has(word)
}

type Parser = { readonly source: string; readonly tokens: Token[]; position: number; nesting: number }

/** Parses the text of one expression (without `{{ }}`). Throws an `ExpressionError` that says where and why not. */
export function parseExpression(text: string): Expression {
  checkTextSize(text)
  const parser: Parser = { source: text, tokens: tokenize(text), position: 0, nesting: 0 }
  const expression = parseBinary(parser, 0)
  const rest = peek(parser)
  if (rest.kind !== 'end') {
    const remedy = rest.kind === 'name' ? foreignOperator(rest.text) : undefined
    return unexpected(parser, rest, remedy ?? 'put an operator before it or remove it')
  }
  checkTreeDepth(text, expression)
  return expression
}

/** Refuses an expression whose text is too long to be looked at. */
export function checkTextSize(text: string): void {
  if (!exceedsBytes(text, limits.textBytes)) return
  throw new ExpressionError({
    kind: 'limit',
    problem: `The expression is longer than ${limits.textBytes} bytes`,
    remedy: 'split it up',
    expression: text,
    at: { start: 0, end: text.length },
  })
}

function parseBinary(parser: Parser, minimum: number): Expression {
  const { start } = peek(parser)
  let left = parsePrefix(parser, minimum)
  for (;;) {
    const operator = peekOperator(parser)
    if (operator === undefined || binding[operator] <= minimum) return left
    parser.position += operator === 'not in' ? 2 : 1
    const right = parseBinary(parser, binding[operator])
    left = { kind: 'binary', operator, left, right, span: spanFrom(parser, start) }
  }
}

function peekOperator(parser: Parser): BinaryOperator | undefined {
  const token = peek(parser)
  if (isWord(token, 'not')) {
    const following = parser.tokens[parser.position + 1]
    return following !== undefined && isWord(following, 'in') ? 'not in' : undefined
  }
  const mayOperate = token.kind === 'symbol' || token.kind === 'name'
  return mayOperate && isBinaryOperator(token.text) ? token.text : undefined
}

function isBinaryOperator(text: string): text is BinaryOperator {
  return Object.hasOwn(binding, text)
}

function parsePrefix(parser: Parser, minimum: number): Expression {
  const token = peek(parser)
  if (isWord(token, 'not') && minimum >= prefixBinding.not) {
    return unexpected(parser, token, "put 'not' and what it denies in parentheses")
  }
  if (isWord(token, 'not')) return parseUnary(parser, 'not')
  if (isSymbol(token, '-')) return parseUnary(parser, '-')
  return parsePostfix(parser)
}

function parseUnary(parser: Parser, operator: UnaryOperator): Expression {
  const { start } = next(parser)
  // One less than its own level, so that it can be repeated: `not not a`, `--a`.
  const operand = nested(parser, () => parseBinary(parser, prefixBinding[operator] - 1))
  return { kind: 'unary', operator, operand, span: spanFrom(parser, start) }
}

function parsePostfix(parser: Parser): Expression {
  const { start } = peek(parser)
  let object = parsePrimary(parser)
  for (;;) {
    const token = peek(parser)
    if (isSymbol(token, '.')) {
      const name = parseMember(parser)
      object = { kind: 'member', object, name, span: spanFrom(parser, start) }
    } else if (isSymbol(token, '[')) {
      const index = parseIndex(parser)
      object = { kind: 'index', object, index, span: spanFrom(parser, start) }
    } else if (isSymbol(token, '(')) {
      const told = object.kind === 'member' ? foreignCall(object.name) : undefined
      const remedy = 'only a bare name can be called, as in length(x)'
      return unexpected(parser, token, told === undefined ? remedy : `${remedy}; write ${told}`)
    } else return object
  }
}

function parseMember(parser: Parser): string {
  next(parser)
  const token = next(parser)
  if (token.kind === 'name' || token.kind === 'number') return token.text
  return unexpected(parser, token, 'write a name or an array index after the dot')
}

function parseIndex(parser: Parser): Expression {
  next(parser)
  const index = nested(parser, () => parseBinary(parser, 0))
  expect(parser, ']')
  return index
}

function parsePrimary(parser: Parser): Expression {
  const token = next(parser)
  const span = { start: token.start, end: token.end }
  if (token.kind === 'string') return { kind: 'literal', value: token.text, span }
  if (token.kind === 'number') return { kind: 'literal', value: readNumber(parser, token), span }
  if (token.kind === 'name') return parseWord(parser, token)
  if (isSymbol(token, '(')) return parseParentheses(parser)
  if (isSymbol(token, '[')) {
    const { items, end } = parseItems(parser, ']')
    return { kind: 'list', items, span: { start: token.start, end } }
  }
  return unexpected(parser, token, 'write a value, a name or a call')
}

function parseWord(parser: Parser, token: Token): Expression {
  const constant = constants.get(token.text)
  if (constant !== undefined)
    return { kind: 'literal', value: constant, span: { start: token.start, end: token.end } }
  if (isKeyword(token.text)) return unexpected(parser, token, 'write a value before it')
  if (!isSymbol(peek(parser), '(')) {
    return { kind: 'name', name: token.text, span: { start: token.start, end: token.end } }
  }
  next(parser)
  if (isEachName(token.text) && bindsElement(parser)) return parseEach(parser, token, token.text)
  const { items, end } = parseItems(parser, ')')
  return { kind: 'call', name: token.text, args: items, span: { start: token.start, end } }
}

function isEachName(name: string): name is EachName {
  return eachNames.some((each) => each === name)
}

/** Whether `x in` stands next. `count(x in y, z)` without it would look into a bool, so nothing else can be meant. */
function bindsElement({ tokens, position }: Parser): boolean {
  const [variable, word] = tokens.slice(position, position + 2)
  return variable?.kind === 'name' && !isKeyword(variable.text) && word !== undefined && isWord(word, 'in')
}

function parseEach(parser: Parser, { start }: Token, name: EachName): Each {
  const variable = next(parser).text
  next(parser)
  const source = nested(parser, () => parseBinary(parser, 0))
  if (!isSymbol(peek(parser), ',')) {
    return unexpected(parser, peek(parser), `write what to ask of each element: ${name}(${variable} in …, …)`)
  }
  next(parser)
  const body = nested(parser, () => parseBinary(parser, 0))
  const { end } = expect(parser, ')')
  return { kind: 'each', name, variable, source, body, span: { start, end } }
}

function parseParentheses(parser: Parser): Expression {
  const inner = nested(parser, () => parseBinary(parser, 0))
  expect(parser, ')')
  return inner
}

/** The items up to a closing bracket. A comma may follow the last item of a list, not the last argument. */
function parseItems(parser: Parser, close: ')' | ']'): { items: Expression[]; end: number } {
  const items: Expression[] = []
  for (;;) {
    const mayEnd = items.length === 0 || close === ']'
    if (mayEnd && isSymbol(peek(parser), close)) break
    items.push(nested(parser, () => parseBinary(parser, 0)))
    if (close === ']' && isWord(peek(parser), 'for')) {
      return unexpected(parser, peek(parser), 'write map(x in list, …) or filter(x in list, …)')
    }
    if (!isSymbol(peek(parser), ',')) break
    next(parser)
  }
  return { items, end: expect(parser, close).end }
}

function readNumber(parser: Parser, token: Token): number {
  const value = Number(token.text)
  if (!Number.isFinite(value) || (/^\d+$/.test(token.text) && !fitsInteger(token.text))) {
    return refuse(parser, token, {
      kind: 'parse',
      problem: 'The number is out of range',
      remedy: 'write a smaller one',
    })
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^\d+$/.test(token.text)) {
    const remedy = 'whole numbers reach from -(2^53-1) to 2^53-1; write it as text in quotes'
    return refuse(parser, token, { kind: 'type', problem: 'The number is out of range', remedy })
  }
  return value
}

/** Whether the digits make a 64-bit signed integer. */
function fitsInteger(text: string): boolean {
  const significant = text.replace(/^0+/, '')
  return significant.length < 19 || (significant.length === 19 && significant <= '9223372036854775807')
}

function nested<T>(parser: Parser, parse: () => T): T {
  parser.nesting += 1
  if (parser.nesting > limits.nesting) return refuse(parser, peek(parser), tooDeep)
  const result = parse()
  parser.nesting -= 1
  return result
}

const tooDeep: Refusal = {
  kind: 'limit',
  problem: `The expression nests deeper than ${limits.nesting} levels`,
  remedy: 'split it up',
}

/** Bounds the recursion of everything that walks the tree; a row of operators nests without brackets. */
export function checkTreeDepth(text: string, root: Expression): void {
  const open: (readonly [Expression, number])[] = [[root, 1]]
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [node, depth] = entry
    if (depth > limits.treeDepth) {
      const problem = `The expression has a row of more than ${limits.treeDepth} operators`
      throw new ExpressionError({ ...tooDeep, problem, expression: text, at: node.span })
    }
    for (const child of childrenOf(node)) open.push([child, depth + 1])
  }
}

/** The direct parts of an expression, in the order of the text. */
export function childrenOf(node: Expression): Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return []
    case 'list':
      return node.items
    case 'member':
      return [node.object]
    case 'index':
      return [node.object, node.index]
    case 'call':
      return node.args
    case 'each':
      return [node.source, node.body]
    case 'unary':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
  }
}

/** How many nodes there are, which is about what it costs to evaluate them once. */
export function countNodes(root: Expression): number {
  let count = 0
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    count += 1
    open.push(...childrenOf(node))
  }
  return count
}

function peek(parser: Parser): Token {
  const token = parser.tokens[parser.position]
  if (token === undefined) throw new Error('The tokens of an expression end with the token `end`.')
  return token
}

/** From `start` to the end of what was read last. Parentheses around a part belong to the whole, not to the part. */
function spanFrom(parser: Parser, start: number): Span {
  return { start, end: parser.tokens[parser.position - 1]?.end ?? start }
}

function next(parser: Parser): Token {
  const token = peek(parser)
  if (token.kind !== 'end') parser.position += 1
  return token
}

function expect(parser: Parser, symbol: string): Token {
  const token = next(parser)
  const told = token.kind === 'name' ? foreignOperator(token.text) : undefined
  return isSymbol(token, symbol) ? token : unexpected(parser, token, told ?? `write '${symbol}' here`)
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text
}

function isWord(token: Token, text: string): boolean {
  return token.kind === 'name' && token.text === text
}

type Refusal = { kind: ExpressionErrorKind; problem: string; remedy: string }

function unexpected(parser: Parser, token: Token, remedy: string): never {
  const found = parser.source.slice(token.start, token.end)
  const problem =
    token.kind === 'end' ? 'The expression is empty or not complete' : `'${found}' is not expected here`
  return refuse(parser, token, { kind: 'parse', problem, remedy })
}

function refuse(parser: Parser, at: Span, refusal: Refusal): never {
  throw new ExpressionError({
    ...refusal,
    expression: parser.source,
    at: { start: at.start, end: at.end },
  })
}
