import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const algorithms = ['sha1', 'sha256', 'sha512'] as const
export type SignatureAlgorithm = (typeof algorithms)[number]

export const encodings = ['hex', 'base64'] as const
export type SignatureEncoding = (typeof encodings)[number]

/** How a sender proves that it knows the secret: it signs the call, or sends the secret itself. */
export type SignatureScheme =
  | { kind: 'token'; header: string; prefix: string }
  | {
      kind: 'hmac'
      algorithm: SignatureAlgorithm
      /** Undefined: `x-webhook-signature`, else `x-hub-signature-256`. */
      header: string | undefined
      encoding: SignatureEncoding
      /** What stands before each signature. Undefined: the name of the algorithm and `=`, or nothing. */
      prefix: string | undefined
      /** What stands between several signatures in the header. */
      separator: ',' | ' ' | undefined
      /** With `{body}`, `{timestamp}` and `{id}` in it. */
      signed_content: string
      /** Where the time stands that is signed: a header of its own, or what begins so in the header of the signature. */
      timestamp: { header: string } | { prefix: string } | undefined
      /** Seconds that the time may be off. */
      tolerance_seconds: number
      id_header: string | undefined
      /** The secret is the text itself, or what that says in base64, after `whsec_` if it begins so. */
      secret_encoding: 'text' | 'base64'
    }

/** A call as it is checked: the very bytes that came, headers by lower-case name. */
export type SignedCall = { body: Buffer; header(name: string): string | undefined; received_at: string }

export type SignatureVerdict = 'right' | 'missing' | 'wrong' | 'out of time'

/** Signatures that are compared of one header at most. */
const MAX_SIGNATURES = 20

/** The header in which a scheme looks, as its sender is told. */
export function headerOf(scheme: SignatureScheme): string {
  return scheme.header ?? 'X-Webhook-Signature'
}

/**
 * Whether a call is signed with one of the secrets. Digests are compared in a time that does not tell how much of them
 * is right. A time that is signed may be off by no more than the tolerance: what was overheard is of no use later.
 */
export function checkSignature(
  scheme: SignatureScheme,
  secrets: readonly string[],
  call: SignedCall,
): SignatureVerdict {
  const sent = scheme.header === undefined ? legacyHeader(call) : call.header(scheme.header)
  if (sent === undefined) return 'missing'
  switch (scheme.kind) {
    case 'token':
      return secrets.some((secret) => isSameText(sent, scheme.prefix + secret)) ? 'right' : 'wrong'
    case 'hmac': {
      const content = signedContent(scheme, sent, call)
      if (content === undefined) return 'missing'
      if (!isInTime(scheme, content.timestamp, call)) return 'out of time'
      const signatures = signaturesIn(scheme, sent)
      return secrets.some((secret) => matchesAny(scheme, { secret, content: content.bytes, signatures }))
        ? 'right'
        : 'wrong'
    }
  }
}

function legacyHeader({ header }: SignedCall): string | undefined {
  return header('x-webhook-signature') ?? header('x-hub-signature-256')
}

type HmacScheme = Extract<SignatureScheme, { kind: 'hmac' }>

function matchesAny(
  scheme: HmacScheme,
  {
    secret,
    content,
    signatures,
  }: { secret: string; content: readonly Buffer[]; signatures: readonly Buffer[] },
): boolean {
  const key = keyOf(scheme, secret)
  if (key.length === 0) return false // a secret that is no base64: anybody could sign with an empty key
  const hmac = createHmac(scheme.algorithm, key)
  for (const piece of content) hmac.update(piece)
  const expected = hmac.digest()
  return signatures.some((given) => given.length === expected.length && timingSafeEqual(given, expected))
}

function keyOf({ secret_encoding }: HmacScheme, secret: string): string | Buffer {
  switch (secret_encoding) {
    case 'text':
      return secret
    case 'base64':
      return Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  }
}

/** The bytes that are signed; undefined where a part of them was not sent. */
function signedContent(
  scheme: HmacScheme,
  sent: string,
  call: SignedCall,
): { bytes: Buffer[]; timestamp: string | undefined } | undefined {
  const timestamp = timestampOf(scheme, sent, call)
  const id = scheme.id_header === undefined ? undefined : call.header(scheme.id_header)
  const bytes: Buffer[] = []
  for (const part of scheme.signed_content.split(/(\{(?:body|timestamp|id)\})/)) {
    const piece =
      part === '{body}' ? call.body : part === '{timestamp}' ? timestamp : part === '{id}' ? id : part
    if (piece === undefined) return undefined
    // Headers are read as latin-1: so the bytes are those that came.
    bytes.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  }
  return { bytes, timestamp }
}

function timestampOf(
  { timestamp, separator }: HmacScheme,
  sent: string,
  call: SignedCall,
): string | undefined {
  if (timestamp === undefined) return undefined
  if ('header' in timestamp) return call.header(timestamp.header)
  const { prefix } = timestamp
  const [found, ...more] = entriesOf(sent, separator).filter((entry) => entry.startsWith(prefix))
  // Two times are none: the one that is signed must be the one that is held against the clock.
  return more.length > 0 ? undefined : found?.slice(prefix.length)
}

function isInTime(
  { timestamp, tolerance_seconds }: HmacScheme,
  sent: string | undefined,
  { received_at }: SignedCall,
): boolean {
  if (timestamp === undefined) return true
  const at = momentOf(sent ?? '')
  return Math.abs(Date.parse(received_at) - at) <= tolerance_seconds * 1000
}

/** Seconds or milliseconds since 1970, or RFC 3339; else no moment at all. */
function momentOf(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000
  if (/^\d{12,14}$/.test(text)) return Number(text)
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN
}

function signaturesIn(scheme: HmacScheme, sent: string): Buffer[] {
  return entriesOf(sent, scheme.separator)
    .slice(0, MAX_SIGNATURES)
    .flatMap((entry) => {
      const digits = withoutPrefix(scheme, entry)
      const digest = digits === undefined ? undefined : digestOf(digits, scheme.encoding)
      return digest === undefined ? [] : [digest]
    })
}

function entriesOf(sent: string, separator: ',' | ' ' | undefined): string[] {
  return separator === undefined ? [sent.trim()] : sent.split(separator).map((entry) => entry.trim())
}

function withoutPrefix({ prefix, algorithm }: HmacScheme, entry: string): string | undefined {
  if (prefix !== undefined) return entry.startsWith(prefix) ? entry.slice(prefix.length) : undefined
  const [, named, digits] = /^(?:(sha\d+)=)?(.*)$/i.exec(entry) ?? []
  return named === undefined || named.toLowerCase() === algorithm ? digits : undefined
}

function digestOf(digits: string, encoding: SignatureEncoding): Buffer | undefined {
  switch (encoding) {
    case 'hex':
      return /^(?:[0-9a-fA-F]{2})+$/.test(digits) ? Buffer.from(digits, 'hex') : undefined
    case 'base64':
      return fromBase64(digits)
  }
}

/** Each digest has one spelling. */
function fromBase64(digits: string): Buffer | undefined {
  const bytes = Buffer.from(digits, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === digits ? bytes : undefined
}

/** Digests are as long as each other, whatever the texts are. */
function isSameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(given), digest(expected))
}
