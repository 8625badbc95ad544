import { Lexer, Parser } from 'yaml'

/** Far more than a pack file needs, and little enough that the rest of the work is done in a moment. */
const maxTokens = 50_000
/** A level of the document is up to two of the parser's. */
const maxStack = 160
/** Aliases multiply what they stand for. */
export const maxAliases = 100

/**
 * Says why a text is not worth parsing, or nothing. The parser proper calls itself once per level, and at the
 * end of the stack Node dies instead of throwing; several of its steps take the square of the number of
 * tokens. So the tokens, which come one at a time, are counted first.
 */
export function checkYamlSize(text: string): string | undefined {
  const parser = new Parser()
  const seen = { tokens: 0, aliases: 0 }
  for (const token of new Lexer().lex(text)) {
    seen.tokens += 1
    if (token.startsWith('*')) seen.aliases += 1
    if (seen.tokens > maxTokens) return 'holds too many values; split it'
    if (seen.aliases > maxAliases) return `holds too many aliases; at most ${maxAliases} are allowed`
    for (const _ of parser.next(token)) if (parser.stack.length > maxStack) break
    if (parser.stack.length > maxStack) return 'is nested too deeply'
  }
  return undefined
}
