/*
 * Enough of a scanner to tell code, comments and strings apart. It knows templates with nested code and tells a
 * regular expression from a division by what stands before it.
 */

type Kind = 'code' | 'comment' | 'string'
type Span = { kind: Kind; text: string }

/** The text without comments, and also without the content of strings. What is left out becomes spaces; lines stay. */
export function blanked(text: string): { code: string; bare: string } {
  const spans = spansOf(text)
  const keep = (kinds: readonly Kind[]) =>
    spans.map((span) => (kinds.includes(span.kind) ? span.text : span.text.replace(/[^\n]/g, ' '))).join('')
  return { code: keep(['code', 'string']), bare: keep(['code']) }
}

/** A run of code in which nothing can begin or end. */
const PLAIN = /[^/'"`{}]+/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const QUOTED = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y
const REGEX = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*/y
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void))\s*$/

function spansOf(text: string): Span[] {
  const spans: Span[] = []
  /** For each template whose `${` is open: how many braces are open inside. */
  const templates: number[] = []
  let at = 0
  let before = ''
  const add = (kind: Kind, length: number): boolean => {
    if (length === 0) return false
    const part = text.slice(at, at + length)
    spans.push({ kind, text: part })
    if (kind !== 'comment') before = (before + part).slice(-40)
    at += length
    return true
  }
  while (at < text.length) {
    if (add('code', lengthOf(PLAIN, text, at))) continue
    if (add('comment', lengthOf(COMMENT, text, at))) continue
    if (add('string', lengthOf(QUOTED, text, at))) continue
    if (BEFORE_REGEX.test(before) && add('string', lengthOf(REGEX, text, at))) continue
    const continues = continuesTemplate(templates, text[at])
    add('code', 1)
    if (!continues) continue
    add('string', lengthOf(TEMPLATE_TEXT, text, at))
    if (text.startsWith('${', at)) templates.push(0)
    add('code', text.startsWith('${', at) ? 2 : 1)
  }
  return spans
}

/** Counts braces; true where the text of a template follows. */
function continuesTemplate(templates: number[], character: string | undefined): boolean {
  const open = templates.at(-1)
  if (character === '}' && open === 0) return templates.pop() !== undefined
  if (open !== undefined && character === '{') templates.splice(-1, 1, open + 1)
  if (open !== undefined && character === '}') templates.splice(-1, 1, open - 1)
  return character === '`'
}

function lengthOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  return sticky.exec(text)?.[0].length ?? 0
}
