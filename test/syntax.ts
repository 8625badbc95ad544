import { type ParseResult, parseSync, Visitor } from 'rolldown/utils'

/* What the rules ask of the syntax of a file, found by the parser that vitest compiles with. */

export type Range = { start: number; end: number }

/** A text in the code: what stands between its quotes or backticks, and the name of what it stands in. */
type Text = Range & { within: string }

export type Syntax = {
  /** Whole literals of text and regular expressions, quotes included, and the text of templates without theirs. */
  strings: readonly Range[]
  /** Templates and literals of text; those inside of others come after them. */
  texts: readonly Text[]
  /** What TypeScript would have to write code for, decorators, and `any`. */
  unwanted: readonly (Range & { kind: 'enum' | 'namespace' | 'parameter property' | 'decorator' | 'any' })[]
  /** `parent` is what a class extends. */
  classes: readonly (Range & { parent: Range | undefined })[]
  /** Declarations of the file itself whose value may change. */
  variables: readonly Range[]
}

export function parse(path: string, text: string): ParseResult {
  const parsed = parseSync(path, text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`)
  return parsed
}

const rangeOf = ({ start, end }: Range): Range => ({ start, end })

export function syntaxOf({ program }: ParseResult): Syntax {
  const strings: Range[] = program.hashbang === null ? [] : [rangeOf(program.hashbang)]
  const texts: Text[] = []
  const unwanted: Syntax['unwanted'][number][] = []
  const classes: Syntax['classes'][number][] = []
  const functions: string[] = []
  const note = (kind: Syntax['unwanted'][number]['kind']) => (node: Range) =>
    void unwanted.push({ kind, ...rangeOf(node) })
  const noteClass = (node: Range & { superClass: Range | null }) =>
    void classes.push({ ...rangeOf(node), parent: node.superClass ?? undefined })
  const within = () => functions.at(-1) ?? ''
  new Visitor({
    Literal(node) {
      if (typeof node.value === 'string')
        texts.push({ start: node.start + 1, end: node.end - 1, within: within() })
      if (typeof node.value === 'string' || 'regex' in node) strings.push(rangeOf(node))
    },
    TemplateLiteral: ({ start, end }) =>
      void texts.push({ start: start + 1, end: end - 1, within: within() }),
    TemplateElement({ start, end, value: { raw } }) {
      const from = end - start === raw.length ? start : start + 1 // TypeScript counts the marks around it
      strings.push({ start: from, end: from + raw.length })
    },
    FunctionDeclaration: ({ id }) => void functions.push(id?.name ?? ''),
    'FunctionDeclaration:exit': () => void functions.pop(),
    // What is declared in a file by its own name is made by functions too.
    VariableDeclarator: ({ id }) =>
      void functions.push(functions.at(-1) ?? (id.type === 'Identifier' ? id.name : '')),
    'VariableDeclarator:exit': () => void functions.pop(),
    TSEnumDeclaration: note('enum'),
    TSModuleDeclaration: (node) => (node.kind === 'namespace' ? note('namespace')(node) : undefined),
    TSParameterProperty: note('parameter property'),
    Decorator: note('decorator'),
    TSAnyKeyword: note('any'),
    ClassDeclaration: noteClass,
    ClassExpression: noteClass,
  }).visit(program)
  const variables = program.body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    const changes = declared?.type === 'VariableDeclaration' && ['let', 'var'].includes(declared.kind)
    return changes ? [rangeOf(declared)] : []
  })
  return { strings, texts, unwanted, classes, variables }
}

/** The text with spaces in place of these ranges; lines stay. */
export function blanked(text: string, ranges: readonly Range[]): string {
  const sorted = [...ranges].sort((one, other) => one.start - other.start)
  let at = 0
  let kept = ''
  for (const { start, end } of sorted) {
    kept += text.slice(at, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
    at = end
  }
  return kept + text.slice(at)
}
