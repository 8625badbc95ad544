import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'
import { textOf } from './charset.ts'
import { type FormFields, tooManyFields } from './form-body.ts'
import { kindOf, type MediaType, readMediaType } from './media-type.ts'

const MAX_PARTS = 1000
const MAX_HEADER_BYTES = 8 * 1024
const LINE = Buffer.from('\r\n')
const BLANK = Buffer.from('\r\n\r\n')

/**
 * The parts of multipart/form-data (RFC 7578). A field is its text, or what it says where it is declared as JSON; of a
 * file it is told what it is called, of what type it is and how large, and its content is left out.
 */
export function multipartFields(
  bytes: Buffer,
  { parameters }: MediaType,
  parseJson: (text: string) => Json,
): FormFields {
  const boundary = parameters.get('boundary') ?? ''
  if (boundary === '' || boundary.length > 200) throw unreadable('its Content-Type names no boundary')
  return partsOf(bytes, boundary).map((part) => fieldOf(part, parseJson))
}

type Part = { headers: string; content: Buffer }

function partsOf(bytes: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  const all = Buffer.concat([LINE, bytes]) // the first one may stand at the very beginning
  const parts: Part[] = []
  let at = all.indexOf(delimiter)
  if (at < 0) throw unreadable('its boundary is not in it')
  for (;;) {
    const begin = at + delimiter.length
    if (all.subarray(begin, begin + 2).toString('latin1') === '--') return parts
    const end = all.indexOf(delimiter, begin)
    if (end < 0) throw unreadable('it has no end')
    if (parts.length === MAX_PARTS) throw tooManyFields()
    parts.push(partOf(all.subarray(begin, end)))
    at = end
  }
}

/** After the boundary comes the end of its line, the headers, a blank line, the content. */
function partOf(bytes: Buffer): Part {
  const line = bytes.indexOf(LINE)
  const blank = bytes.indexOf(BLANK, Math.max(line, 0))
  if (line < 0 || blank < 0) throw unreadable('a part has no headers')
  if (blank > MAX_HEADER_BYTES) throw unreadable('a part has too long headers')
  return {
    headers: bytes.subarray(line + 2, blank).toString('utf8'),
    content: bytes.subarray(blank + BLANK.length),
  }
}

function fieldOf({ headers, content }: Part, parseJson: (text: string) => Json): FormFields[number] {
  const { parameters } = readMediaType(headerOf(headers, 'content-disposition') ?? '')
  const name = parameters.get('name')
  if (name === undefined) throw unreadable('a part has no name')
  const type = headerOf(headers, 'content-type')
  const filename = parameters.get('filename')
  if (filename !== undefined)
    return [name, { filename, content_type: type ?? 'application/octet-stream', size_bytes: content.length }]
  if (/^(base64|quoted-printable)$/i.test(headerOf(headers, 'content-transfer-encoding') ?? ''))
    throw unreadable('a part has a Content-Transfer-Encoding, which forms do not have')
  const media = readMediaType(type ?? 'text/plain')
  const text = textOf(content, media.parameters.get('charset') ?? 'utf-8')
  return [name, kindOf(media) === 'json' ? parseJson(text) : text]
}

function headerOf(headers: string, wanted: string): string | undefined {
  for (const line of headers.split('\r\n')) {
    const end = line.indexOf(':')
    if (end > 0 && line.slice(0, end).trim().toLowerCase() === wanted) return line.slice(end + 1).trim()
  }
  return undefined
}

function unreadable(why: string): Problem {
  const message = `cannot be read: ${why}`
  return new Problem('BAD_REQUEST', `The form ${message}.`, [{ field: 'body', message }])
}
