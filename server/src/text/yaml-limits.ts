import { type Document, isScalar, Lexer, Parser, type Scalar, visit } from 'yaml'

/** A level of the document is up to two of the parser's. */
const MAX_STACK = 160

/**
 * Says why a text is not worth parsing, or nothing. The parser proper calls itself once per level, and at the
 * end of the stack Node dies instead of throwing; several of its steps take the square of the number of
 * tokens. So the tokens, which come one at a time, are counted first. Aliases multiply what they stand for.
 */
export function yamlTrouble(text: string, most: { tokens: number; aliases: number }): string | undefined {
  const parser = new Parser()
  const seen = { tokens: 0, aliases: 0 }
  for (const token of new Lexer().lex(text)) {
    seen.tokens += 1
    if (token.startsWith('*')) seen.aliases += 1
    if (seen.tokens > most.tokens) return 'holds too many values; split it'
    if (seen.aliases > most.aliases) return `holds too many aliases; at most ${most.aliases} are allowed`
    for (const _ of parser.next(token)) if (parser.stack.length > MAX_STACK) break
    if (parser.stack.length > MAX_STACK) return 'is nested too deeply'
  }
  return undefined
}

/** The parser could look for these itself, but compares every key with every other. */
export function repeatedKeys(document: Document, most: number): Scalar[] {
  const repeated: Scalar[] = []
  visit(document, {
    Map(_, { items }) {
      const keys = items.flatMap((pair) => (isScalar(pair.key) ? [pair.key] : []))
      const seen = new Set<string>()
      repeated.push(...keys.filter(({ value }) => seen.size === seen.add(String(value)).size).slice(0, most))
      return repeated.length >= most ? visit.BREAK : undefined
    },
  })
  return repeated.slice(0, most)
}
