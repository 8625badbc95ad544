import { readFileSync, rmSync } from 'node:fs'
import type { Json } from '../json.ts'
import { renamed, storableKey, storableText } from '../text/storable-text.ts'
import { jobOf } from '../threads/bounded-threads.ts'
import { writeLog } from './log-file.ts'
import { timesPath } from './output-times.ts'
import { createMask, MASK, type SecretMask } from './mask.ts'

/** What an execution has put out, and what must not show in it. */
export type Hiding = {
  secrets: readonly string[]
  texts: readonly { text: string; cut: boolean }[]
  data: Json | undefined
  files: readonly FileHiding[]
}

/** A file of unmasked bytes, the log that shows them, and what is to be said at its end. */
export type FileHiding = { from: string; log: string; notice: string }

/** The same, masked and storable; the files are written. */
export type Hidden = { texts: string[]; data: Json | undefined }

export function hideSecrets({ secrets, texts, data, files }: Hiding): Hidden {
  const isEmpty = files.length === 0 && data === undefined && texts.every(({ text }) => text === '')
  const mask = isEmpty ? undefined : createMask(secrets) // most processes say little
  const covered = (text: string, cut = false) => (text === '' ? text : (mask?.text(text, cut) ?? text))
  const hide = (text: string, cut = false) => storableText(covered(text, cut))
  const hideKey = (key: string) => storableKey(covered(key))
  for (const file of files) hideInFile(file, mask)
  return {
    texts: texts.map(({ text, cut }) => hide(text, cut)),
    data: data === undefined ? data : hideInJson(data, hide, hideKey),
  }
}

export const hideJob = jobOf(hideSecrets, import.meta.url)

type Hide = (text: string) => string

/** Every text in a value, keys included, and numbers that are a secret. */
function hideInJson(value: Json, hide: Hide, hideKey: Hide): Json {
  if (typeof value === 'string') return hide(value)
  if (typeof value === 'number') return hide(String(value)) === MASK ? MASK : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((child) => hideInJson(child, hide, hideKey))
  const members = renamed(Object.entries(value), hideKey)
  return Object.fromEntries(members.map(([key, child]) => [key, hideInJson(child, hide, hideKey)]))
}

function hideInFile({ from, log, notice }: FileHiding, mask: SecretMask | undefined): void {
  const bytes = readFileSync(from)
  const stream = mask?.stream()
  const shown = stream === undefined ? bytes : Buffer.concat([stream.push(bytes), stream.end(notice !== '')])
  rmSync(log, { force: true })
  rmSync(timesPath(log), { force: true }) // they were of other offsets
  writeLog(log, Buffer.concat([shown, Buffer.from(notice)]))
}
