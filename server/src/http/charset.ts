import { TextDecoder } from 'node:util'
import { Problem } from '../problem.ts'

/**
 * The text that bytes are: by their byte order mark, else by the charset that is named, else UTF-8. Bytes that are no
 * text of their charset are refused: what would replace them has lost them.
 */
export function textOf(bytes: Uint8Array, named: string | undefined): string {
  const charset = markOf(bytes) ?? (named === undefined ? guessOf(bytes) : labelOf(named, bytes))
  const decoder = decoderOf(charset)
  if (decoder === undefined) throw unknownCharset(charset)
  try {
    return decoder.decode(bytes)
  } catch {
    const message = `is not text in ${charset}; name the charset that it is in: Content-Type: …; charset=…`
    throw new Problem('BAD_REQUEST', `The body ${message}.`, [{ field: 'body', message }])
  }
}

/** Whether each of its first 128 characters is one byte, so that `&` and `=` of a form stand where they seem to. */
export function isForForms(charset: string): boolean {
  return (
    decoderOf(charset) !== undefined &&
    !/^(utf-?16|ucs-?2|unicode|iso-10646|csunicode|utf-?32)/i.test(charset)
  )
}

export function unknownCharset(charset: string): Problem {
  const message = `The body came in the charset '${charset.slice(0, 100)}'; send it in utf-8, utf-16, iso-8859-1 or another one of the web.`
  return new Problem('UNSUPPORTED_MEDIA_TYPE', message, [
    { field: 'body', message: 'is in an unknown charset' },
  ])
}

function decoderOf(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    return undefined
  }
}

function markOf([first, second, third, fourth]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first !== 0xff || second !== 0xfe) return undefined
  return third === 0 && fourth === 0 ? 'utf-32' : 'utf-16le'
}

/** `utf-16` does not say which byte comes first; the zero of the first character of nearly any text does. */
function labelOf(named: string, [first, second]: Uint8Array): string {
  const label = named.trim().toLowerCase()
  if (!/^(utf-?16|ucs-?2|iso-10646-ucs-2)$/.test(label)) return label === '' ? 'utf-8' : label
  return first === 0 && second !== 0 ? 'utf-16be' : 'utf-16le'
}

/** JSON begins with two characters of ASCII (RFC 4627), and so does nearly all other text. */
function guessOf({ 0: first, 1: second, length }: Uint8Array): string {
  if (length % 2 !== 0 || first === undefined || second === undefined) return 'utf-8'
  if (first === 0 && second !== 0) return 'utf-16be'
  return second === 0 && first !== 0 ? 'utf-16le' : 'utf-8'
}
