/**
 * Hides known secrets in what an action prints and returns. Used by the worker and, over bytes, by the spawner:
 * this file depends on nothing.
 */
export const MASK = '********'

/** Shorter values would hide half of every text. */
const MIN_LENGTH = 4
/** Half of a surrogate pair has no encoding. */
const LONE_SURROGATE = /\p{Surrogate}/gu
/** Encoded fragments shorter than this say little and match by chance. */
const MIN_ENCODED_LENGTH = 8

/** A larger secret is a document: that it is encoded as a whole is looked for, its lines are not. */
const MAX_LINES = 200

/**
 * Every way a secret is likely to show: as it is and in either case, inside a JSON string or the quotes of a shell,
 * URL-encoded, in hexadecimal, and in base64 at each of the three positions it can have inside a longer encoded text
 * (`user:password` of HTTP basic authentication); the lines of one that has several; what one in base64 stands for.
 * Longest first, so that an alternation prefers the whole secret to a part of it.
 */
export function secretForms(secrets: readonly string[]): string[] {
  const forms = new Set<string>()
  for (const secret of secrets.flatMap(withDerived)) {
    if (secret.length < MIN_LENGTH) continue
    for (const form of formsOf(secret)) if (form.length >= MIN_LENGTH) forms.add(form)
  }
  return [...forms].sort((a, b) => b.length - a.length)
}

/** The secret, in either case, line by line, and decoded. */
function withDerived(secret: string): string[] {
  const decoded = decodedOf(secret)
  const lines = secret.includes('\n') ? secret.split(/\r?\n/).slice(0, MAX_LINES) : []
  const wholes = [secret, ...decoded].flatMap((text) => [text, text.toUpperCase(), text.toLowerCase()])
  return [...wholes, ...lines.map((line) => line.trim()).filter((line) => line.length >= MIN_ENCODED_LENGTH)]
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
  const base64 = [0, 1, 2]
    .map((offset) => base64At(secret, offset))
    .filter((form) => form.length >= MIN_ENCODED_LENGTH)
  const hex = Buffer.from(secret, 'utf8').toString('hex')
  const shell = secret.replaceAll("'", String.raw`'\''`)
  return [
    secret,
    shell,
    ...jsonForms(secret),
    ...jsonForms(shell),
    ...urlForms(secret),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    ...[hex, hex.toUpperCase()].filter((form) => form.length >= MIN_ENCODED_LENGTH),
  ]
}

/** Inside a JSON string, inside one within another, with escaped slashes, and as ASCII alone. */
function jsonForms(secret: string): string[] {
  const once = inJson(secret)
  const ascii = once.replaceAll(/[\u0080-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return [once, inJson(once), once.replaceAll('/', String.raw`\/`), ascii]
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

/** Replaces every form in a text. `cut` says that the text was cut at its end, where half a secret may stand. */
export type TextMask = (text: string, cut?: boolean) => string

/** A mask over texts for the forms of `secretForms`; undefined when there is nothing to hide. */
export function createTextMask(forms: readonly string[]): TextMask | undefined {
  if (forms.length === 0) return undefined
  const pattern = patternOf(forms)
  const heldFrom = createHeldFrom(forms)
  return (text, cut = false) => {
    const masked = text.replace(pattern, MASK)
    if (!cut) return masked
    const held = heldFrom(masked)
    return masked.length - held < MIN_LENGTH ? masked : masked.slice(0, held) + MASK
  }
}

/** Masks a stream of bytes. A secret that is split between chunks is held back until its rest has come. */
export type StreamMask = {
  push(chunk: Buffer): Buffer
  /** What was held back; with `cut`, the stream ends in the middle and half a secret is hidden too. */
  end(cut: boolean): Buffer
}

/** A mask over bytes for the forms of `secretForms`; undefined when there is nothing to hide. */
export function createStreamMask(forms: readonly string[]): StreamMask | undefined {
  if (forms.length === 0) return undefined
  // One character per byte, so that a chunk may end inside a UTF-8 sequence.
  const bytes = forms.map((form) => Buffer.from(form, 'utf8').toString('latin1'))
  const pattern = patternOf(bytes)
  const heldFrom = createHeldFrom(bytes)
  let pending = ''
  return {
    push(chunk) {
      const text = pending + chunk.toString('latin1')
      const hold = heldFrom(text)
      let out = ''
      let last = 0
      pattern.lastIndex = 0
      for (let match = pattern.exec(text); match !== null && match.index < hold; match = pattern.exec(text)) {
        out += text.slice(last, match.index) + MASK
        last = match.index + match[0].length
      }
      const from = Math.max(last, hold)
      out += text.slice(last, from)
      pending = text.slice(from)
      return Buffer.from(out, 'latin1')
    },
    end(cut) {
      const rest = pending.length >= MIN_LENGTH && cut ? MASK : pending.replace(pattern, MASK)
      pending = ''
      return Buffer.from(rest, 'latin1')
    },
  }
}

function patternOf(forms: readonly string[]): RegExp {
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

/** Finds where the longest end of a text begins that could be the start of a secret; its length when none does. */
function createHeldFrom(forms: readonly string[]): (text: string) => number {
  const longest = forms.reduce((length, form) => Math.max(length, form.length), 0)
  const byFirst = new Map<string, string[]>()
  for (const form of forms) {
    const first = form.charAt(0)
    byFirst.set(first, [...(byFirst.get(first) ?? []), form])
  }
  return (text) => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
      const candidates = byFirst.get(text.charAt(at))
      if (candidates === undefined) continue
      const rest = text.slice(at)
      if (candidates.some((form) => form.length > rest.length && form.startsWith(rest))) return at
    }
    return text.length
  }
}
