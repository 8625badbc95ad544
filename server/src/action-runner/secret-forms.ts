/** What must be hidden for one execution, from its secrets. This file depends on nothing: the spawner uses it too. */

/** A shorter value is no secret: it can be guessed in a moment, and to hide it would hide half of every text. */
export const MIN_LENGTH = 4
/** Half of a surrogate pair has no encoding. */
const LONE_SURROGATE = /\p{Surrogate}/gu
/** Encoded fragments shorter than this say little and match by chance. */
const MIN_ENCODED_LENGTH = 8
/** Lines of one secret that are looked for. */
const MAX_LINES = 200
/** A longer secret is a document: it is looked for as a whole, not in either case and not line by line. */
const MAX_VARIED_LENGTH = 16 * 1024

/**
 * A spawner starts other processes too: it looks for no more secrets than it can learn in some hundredths of a second.
 * Where there are more, nothing shows before the end.
 */
export const MAX_LIVE_COST = 8 * 1024

/** Roughly how much there is to look for, in bytes. */
export function searchCost(secrets: readonly string[]): number {
  return secrets.reduce((cost, secret) => cost + 64 + secret.length, 0)
}

/**
 * Every way a secret is likely to show, each once: as it is and in either case, inside a JSON string or the quotes of
 * a shell, URL-encoded, in hexadecimal, and in base64 at each of the three positions it can have inside a longer
 * encoded text (`user:password` of HTTP basic authentication); the lines of one that has several; what one in base64
 * stands for. They come one at a time, because all forms of a large secret would fill the memory.
 */
export function* secretForms(secrets: Iterable<string>): Generator<string> {
  for (const secret of new Set(secrets)) {
    const forms =
      secret.length > MAX_VARIED_LENGTH ? documentForms(secret) : withDerived(secret).flatMap(formsOf)
    for (const form of new Set(forms)) if (form.length >= MIN_LENGTH) yield form
  }
}

/** The secret, in either case, line by line, and decoded. */
function withDerived(secret: string): string[] {
  if (secret.length < MIN_LENGTH) return []
  const wholes = [secret, ...decodedOf(secret)].flatMap((text) => [
    text,
    text.toUpperCase(),
    text.toLowerCase(),
  ])
  const lines = secret.includes('\n') ? secret.split(/\r?\n/, MAX_LINES).map((line) => line.trim()) : []
  return [...new Set([...wholes, ...lines.filter((line) => line.length >= MIN_ENCODED_LENGTH)])]
}

/** What a secret that is itself encoded stands for: an action may decode it and print that. */
function decodedOf(secret: string): string[] {
  return [fromBase64(secret), fromUrl(secret)].flatMap((text) =>
    text !== undefined && text !== secret && text.length >= MIN_LENGTH ? [text] : [],
  )
}

function fromBase64(secret: string): string | undefined {
  if (secret.length < MIN_ENCODED_LENGTH || !/^[\w+/-]+={0,2}$/.test(secret)) return undefined
  const text = Buffer.from(secret, 'base64').toString('utf8')
  return /[\p{Cc}\uFFFD]/u.test(text.replaceAll(/[\t\r\n]/g, '')) ? undefined : text
}

function fromUrl(secret: string): string | undefined {
  if (!/%[0-9a-f]{2}/i.test(secret)) return undefined
  try {
    return decodeURIComponent(secret)
  } catch {
    return undefined // it only looks encoded
  }
}

function formsOf(secret: string): string[] {
  const shell = secret.replaceAll("'", String.raw`'\''`)
  return [secret, shell, ...jsonForms(secret), ...jsonForms(shell), ...urlForms(secret), ...byteForms(secret)]
}

/** The forms that a program writes a document in, each as one encoder writes it. */
function documentForms(secret: string): string[] {
  const url = encodeURIComponent(secret.replaceAll(LONE_SURROGATE, '\uFFFD'))
  return [secret, inJson(secret), asciiOf(inJson(secret)), url, ...byteForms(secret)]
}

/** In base64 and in hexadecimal. */
function byteForms(secret: string): string[] {
  const hex = Buffer.from(secret, 'utf8').toString('hex')
  const base64 = [0, 1, 2].map((offset) => base64At(secret, offset))
  const forms = [
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
  ]
  return forms.filter((form) => form.length >= MIN_ENCODED_LENGTH)
}

/** Inside a JSON string, inside one within another, with escaped slashes, and as ASCII alone. */
function jsonForms(secret: string): string[] {
  const once = inJson(secret)
  return [once, inJson(once), once.replaceAll('/', String.raw`\/`), asciiOf(once)]
}

function asciiOf(text: string): string {
  return text.replaceAll(/[\u0080-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** As browsers, forms, Python (which leaves the slash) and strict encoders write it, with digits in either case. */
function urlForms(secret: string): string[] {
  const browser = encodeURIComponent(secret.replaceAll(LONE_SURROGATE, '\uFFFD'))
  const strict = browser.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [browser, strict, strict.replaceAll('%2F', '/')].flatMap((form) => [
    form,
    form.replaceAll('%20', '+'),
  ])
  return forms.flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

/** The characters of a base64 text that depend on the secret alone when `offset` bytes (mod 3) come before it. */
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret, 'utf8')])
  const text = bytes.toString('base64').replaceAll('=', '')
  const lead = offset === 0 ? 0 : offset + 1
  const tail = bytes.length % 3 === 0 ? text.length : text.length - 1
  return text.slice(lead, tail)
}
