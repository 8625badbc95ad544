import { isDeeperThan } from '../text/json-depth.ts'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'
import type { BodyAllowance } from './body-memory.ts'
import { textOf } from './charset.ts'
import { tooLargeUnpacked, unpacked } from './content-encoding.ts'
import { type FormFields, objectOf, urlencodedFields } from './form-body.ts'
import { excessOf } from './json-shape.ts'
import { kindOf, type MediaType, readMediaType } from './media-type.ts'
import { multipartFields } from './multipart-body.ts'
import { storable } from './text.ts'
import { MAX_LEVELS } from './storable-body.ts'
import { noRoom } from './read-body.ts'

/** What a body says, whatever form it came in. Nothing came: null. */
export type BodyContent = { kind: 'json' | 'form' | 'text' | 'none'; value: Json }

type Received = { bytes: Buffer; content_type: string | undefined; content_encoding: string | undefined }

type ContentReading = {
  /** Bytes of what was packed at most. */
  max_bytes: number
  /** Memory for what comes out. */
  allowance: BodyAllowance
  /** Throws a Problem where a text is not JSON. */
  parseJson(text: string): Json
}

/**
 * Reads a body by its Content-Encoding, charset and type. A whole object or array in JSON is taken as such also where
 * another type is named: there have always been senders who name none or the wrong one. What cannot be read is refused
 * with what came and what is taken.
 */
export async function contentOf(received: Received, reading: ContentReading): Promise<BodyContent> {
  const bytes = await unpacked(received.bytes, received.content_encoding, reading.max_bytes)
  if (bytes !== received.bytes && !reading.allowance.take(bytes.length)) throw noRoom()
  if (bytes.length === 0) return { kind: 'none', value: null }
  const { kind, value } = read(bytes, received.content_type, reading)
  if (isDeeperThan(value, MAX_LEVELS)) throw tooDeep()
  return { kind, value: storable(value) }
}

function read(bytes: Buffer, declared: string | undefined, reading: ContentReading): BodyContent {
  const media = readMediaType(declared ?? '')
  const charset = media.parameters.get('charset')
  const parse = parserWithin(reading)
  switch (kindOf(media)) {
    case 'json':
      return { kind: 'json', value: parse(textOf(bytes, charset)) }
    case 'multipart':
      return formOf(multipartFields(bytes, media, parse), parse)
    case 'form':
      return undeclaredJson(bytes, charset, parse) ?? formOf(urlencodedFields(bytes, charset), parse)
    case 'text': {
      const found = undeclaredJson(bytes, charset, parse)
      return found ?? { kind: 'text', value: textOf(bytes, charset ?? declaredInside(media, bytes)) }
    }
    case 'other': {
      const found = undeclaredJson(bytes, charset, parse)
      if (found === undefined) throw notTaken(declared)
      return found
    }
  }
}

/** Text that is longer in UTF-8 than what came must not be longer than what may come. */
function parserWithin({ parseJson, max_bytes }: ContentReading): (text: string) => Json {
  return (text) => {
    const utf8 = Buffer.from(text)
    if (utf8.length > max_bytes) throw tooLargeUnpacked(max_bytes)
    const excess = excessOf(utf8)
    if (excess !== undefined)
      throw new Problem('PAYLOAD_TOO_LARGE', `The body ${excess}.`, [{ field: 'body', message: excess }])
    return parseJson(text)
  }
}

/** An object or array that is not declared to be one. */
function undeclaredJson(
  bytes: Buffer,
  charset: string | undefined,
  parse: (text: string) => Json,
): BodyContent | undefined {
  try {
    const text = textOf(bytes, charset)
    return /^\s*[[{]/.test(text) ? { kind: 'json', value: parse(text) } : undefined
  } catch (error) {
    if (error instanceof Problem && error.code === 'BAD_REQUEST') return undefined
    if (error instanceof Problem && error.code === 'UNSUPPORTED_MEDIA_TYPE') return undefined
    throw error
  }
}

/** `payload=%7B…%7D` alone is a document that was put into a form: what it says is what was sent. */
function formOf(fields: FormFields, parse: (text: string) => Json): BodyContent {
  const [[name, value] = ['', null], ...others] = fields
  if (others.length > 0 || name !== 'payload' || typeof value !== 'string' || !/^\s*[[{]/.test(value))
    return { kind: 'form', value: objectOf(fields) }
  try {
    return { kind: 'form', value: parse(value) }
  } catch (error) {
    if (error instanceof Problem && error.code === 'BAD_REQUEST')
      return { kind: 'form', value: objectOf(fields) }
    throw error
  }
}

/** XML says itself what it is in, in letters that nearly every charset has. */
function declaredInside({ name }: MediaType, bytes: Buffer): string | undefined {
  if (!name.endsWith('xml')) return undefined
  const head = bytes.subarray(0, 200).toString('latin1')
  return /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1]
}

const TAKEN =
  'application/json and …+json, application/x-www-form-urlencoded, multipart/form-data, text/*, application/xml and …+xml, and JSON objects and arrays under any type'

function notTaken(declared: string | undefined): Problem {
  const came = declared === undefined ? 'without a Content-Type' : `as ${declared.slice(0, 200)}`
  const message = `The body came ${came} and is not JSON; what is taken is ${TAKEN}.`
  return new Problem('UNSUPPORTED_MEDIA_TYPE', message, [{ field: 'body', message: `came ${came}` }])
}

function tooDeep(): Problem {
  const message = `is nested too deeply; at most ${MAX_LEVELS} levels are allowed`
  return new Problem('VALIDATION_ERROR', `body: ${message}`, [{ field: 'body', message }])
}
