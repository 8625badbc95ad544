import { askedWait, isLater } from './retry.ts'

/** One more thing that is wrong: a field, and the place in a file that it stands at. */
export type RefusalDetail = { field: string; message: string }

/** The API understood and said no: `{error, code, details}`. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** `VALIDATION_ERROR`; undefined where something in between answered. */
  readonly code: string | undefined
  readonly details: readonly RefusalDetail[]
  /** When to ask again, where the server says so. */
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined
  /** Another time the answer may be another one: the server is not well, or busy. */
  readonly mayPass: boolean
  /** Where an answer of 3xx points to; it is not followed. */
  readonly location: string | undefined

  constructor({ status, statusText, headers }: RefusedAnswer, body: unknown) {
    super(messageOf(body) ?? `The server answered ${status} ${statusText}.`)
    this.status = status
    this.code = isObject(body) && typeof body.code === 'string' ? body.code : undefined
    this.details = isObject(body) ? detailsOf(body.details) : []
    this.retryAfterMs = askedWait(headers.get('retry-after'))
    this.requestId = headers.get('x-request-id') ?? undefined
    this.mayPass = status >= 500 || isLater(status)
    this.location = status >= 300 && status < 400 ? (headers.get('location') ?? undefined) : undefined
  }
}

export type RefusedAnswer = Pick<Response, 'status' | 'statusText' | 'headers'>

/** Proxies and older servers answer with text or `{error: {message}}`, and their words are shown too. */
function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return plainText(body)
  if (!isObject(body)) return undefined
  if (typeof body.error === 'string' && body.error !== '') return body.error
  if (isObject(body.error) && typeof body.error.message === 'string') return body.error.message
  return typeof body.message === 'string' ? body.message : undefined
}

/** A text answer is shown when it is a sentence, not when it is an error page. */
function plainText(body: string): string | undefined {
  const text = body.trim()
  if (text === '' || text.startsWith('<')) return undefined
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function detailsOf(details: unknown): RefusalDetail[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((detail: unknown) => {
    if (!isObject(detail) || typeof detail.message !== 'string') return []
    return [{ field: placeOf(detail), message: detail.message }]
  })
}

/** A field, and where there is one, the file that it stands in: `actions/weigh.yaml:3:1 entry_point`. */
function placeOf({ field, file, line, column }: Record<string, unknown>): string {
  const position = [file, line, column].filter((part) => typeof part === 'string' || typeof part === 'number')
  const place = typeof file === 'string' && file !== '' ? position.join(':') : ''
  return [place, typeof field === 'string' ? field : ''].filter((part) => part !== '').join(' ')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
