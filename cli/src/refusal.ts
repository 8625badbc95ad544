import { exitOfHttp } from './exit.ts'
import { Failure, type FailureDetail } from './failure.ts'
import { isJsonObject, type JsonObject } from './json.ts'

/** What an answer other than 2xx says. */
export type Refused = { status: number; statusText: string; body: unknown; requestId: string | null }

/**
 * Turns an answer other than 2xx into a failure. Reads `{error, code, details}`; proxies and older servers
 * answer with text or `{error: {message}}`, and their words are shown too.
 */
export function refusal({ status, statusText, body, requestId }: Refused): Failure {
  const details = isJsonObject(body) ? readDetails(body.details) : []
  if (status >= 500 && requestId !== null) details.push({ field: 'request id', message: requestId })
  return new Failure(
    exitOfHttp(status),
    messageOf(body) ?? `The server answered ${status} ${statusText}.`,
    details,
  )
}

function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return plainText(body)
  if (!isJsonObject(body)) return undefined
  if (typeof body.error === 'string' && body.error !== '') return body.error
  if (isJsonObject(body.error) && typeof body.error.message === 'string') return body.error.message
  return typeof body.message === 'string' ? body.message : undefined
}

/** A text answer is shown when it is a sentence, not when it is an error page. */
function plainText(body: string): string | undefined {
  const text = body.trim()
  if (text === '' || text.startsWith('<')) return undefined
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function readDetails(details: unknown): FailureDetail[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((detail: unknown) => {
    if (!isJsonObject(detail) || typeof detail.message !== 'string') return []
    return [{ field: placeOf(detail), message: detail.message }]
  })
}

/** A field, and where there is one, the file that it stands in: `actions/weigh.yaml:3:1 entry_point`. */
function placeOf({ field, file, line, column }: JsonObject): string {
  const position = [file, line, column].filter((part) => typeof part === 'string' || typeof part === 'number')
  const place = typeof file === 'string' && file !== '' ? position.join(':') : ''
  return [place, typeof field === 'string' ? field : ''].filter((part) => part !== '').join(' ')
}
