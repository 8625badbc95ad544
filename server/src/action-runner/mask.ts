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

/**
 * Every way a secret is likely to show: as it is, inside a JSON string, URL-encoded, and in base64 at each of
 * the three positions it can have inside a longer encoded text (`user:password` of HTTP basic authentication).
 * Longest first, so that an alternation prefers the whole secret to a part of it.
 */
export function secretForms(secrets: readonly string[]): string[] {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < MIN_LENGTH) continue
    for (const form of formsOf(secret)) if (form.length >= MIN_LENGTH) forms.add(form)
  }
  return [...forms].sort((a, b) => b.length - a.length)
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret.replaceAll(LONE_SURROGATE, '\uFFFD'))
  const base64 = [0, 1, 2]
    .map((offset) => base64At(secret, offset))
    .filter((form) => form.length >= MIN_ENCODED_LENGTH)
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ]
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
