import { storableText } from '../text/storable-text.ts'

const MAX_CHARACTERS = 500

/** What follows is a credential, whoever spells the path how: the route is found from what it decodes to. */
const WEBHOOK = /^(\/*api\/+v1\/+webhooks\/+).+/is

/** Credentials by their looks, wherever they stand: a webhook key, an integration token, a JWT. */
const CREDENTIAL = /\bwh_[0-9a-f]{8,}|\battune_it_[\w-]+|\beyJ[\w-]{8,}(?:\.[\w-]*)*/g

/** The path of a request as it may be logged and stored: without the query and without credentials. */
export function shownPath(url: string): string {
  const [path = ''] = url.split(/[?#;]/)
  const decoded = path.split('/').map(decodeSegment).join('/')
  return storableText(
    decoded.replace(WEBHOOK, '$1***').replaceAll(CREDENTIAL, '***').slice(0, MAX_CHARACTERS),
  )
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment // the router refuses it
  }
}
