import { limits } from './limit.ts'
import { trimBlanks } from './text.ts'

/** A stretch of text, or a template in it; `start` is where it begins in the whole text. */
export type Part = { readonly kind: 'text' | 'template'; readonly text: string; readonly start: number }

/** A text taken apart at its templates. `unclosed` is where a `{{` stands that nothing closes: it is text. */
export type Scanned = { readonly parts: readonly Part[]; readonly unclosed: number | undefined }

/**
 * Takes a text apart at `{{ … }}`. Braces inside a text literal of a template do not count. Stops at one template more
 * than a document may have.
 */
export function scanTemplates(text: string): Scanned {
  const parts: Part[] = []
  let position = 0
  let templates = 0
  let open = text.indexOf('{{')
  while (open !== -1 && templates <= limits.templates) {
    const close = findClose(text, open + 2)
    if (close === -1) return { parts: withText(parts, text, position), unclosed: open }
    if (open > position) parts.push({ kind: 'text', text: text.slice(position, open), start: position })
    parts.push({ kind: 'template', text: text.slice(open + 2, close), start: open + 2 })
    templates += 1
    position = close + 2
    open = text.indexOf('{{', position)
  }
  return { parts: withText(parts, text, position), unclosed: undefined }
}

function withText(parts: readonly Part[], text: string, position: number): Part[] {
  const rest = text.slice(position)
  return rest === '' ? [...parts] : [...parts, { kind: 'text', text: rest, start: position }]
}

/**
 * Where the braces close. If quotes hide every closing brace (or there is an odd one), the first one counts anyway, and
 * the parser reports the text literal. Looks for quotes only as far as a template may reach, to stay linear.
 */
function findClose(text: string, from: number): number {
  const end = Math.min(text.length, from + limits.textBytes + 2)
  let quote = 0
  for (let i = from; i < end; i += 1) {
    const unit = text.charCodeAt(i)
    if (quote !== 0) {
      if (unit === BACKSLASH) i += 1
      else if (unit === quote) quote = 0
    } else if (unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE) quote = unit
    else if (unit === BRACE && text.charCodeAt(i + 1) === BRACE) return i
  }
  return text.indexOf('}}', from)
}

const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27
const BACKSLASH = 0x5c
const BRACE = 0x7d

/** The template if the text is nothing else, apart from blanks around it. */
export function pureTemplate({ parts }: Scanned): Part | undefined {
  const [template, ...others] = parts.filter(
    (part) => part.kind === 'template' || trimBlanks(part.text) !== '',
  )
  return template?.kind === 'template' && others.length === 0 ? template : undefined
}
