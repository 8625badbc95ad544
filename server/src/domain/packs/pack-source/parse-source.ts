import { isPackRef } from '../reader/reference.ts'
import { quoted } from '../archive/archive-entry.ts'
import { refusedSource } from '../fetch/source-url.ts'

/** What somebody who installs a pack may name. */
export type ParsedSource =
  | { kind: 'git'; remote: string; ref: string | undefined }
  | { kind: 'archive'; url: string }
  | { kind: 'path'; path: string }
  | { kind: 'registry'; ref: string; range: string | undefined }

const MAX_SOURCE = 4096

/** Tells what a text names. It is decided by the text alone: what there is on the server does not matter. */
export function parseSource(text: string, refSpec: string | undefined): ParsedSource {
  checkText(text)
  if (/^https?:/i.test(text)) {
    const isGit = refSpec !== undefined || /\.git\/?$/.test(text)
    return isGit ? { kind: 'git', remote: text, ref: refSpec } : { kind: 'archive', url: text }
  }
  // Every other scheme too, and git's helpers (`ext::`): whether it may be used is decided there.
  if (/^(?:[\w.-]+@[\w.-]+|[a-z][\w+.-]*):/i.test(text)) return { kind: 'git', remote: text, ref: refSpec }
  if (text.startsWith('/')) {
    refuseRefSpec(refSpec)
    return { kind: 'path', path: text }
  }
  const at = text.indexOf('@')
  const [ref, range] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  if (!isPackRef(ref) || ref.length > 255 || range === '') {
    throw refusedSource(
      `${quoted(text)} is no source; name a URL, a git repository, an absolute path of the server, or ref[@version]`,
    )
  }
  refuseRefSpec(refSpec)
  return { kind: 'registry', ref, range }
}

function checkText(text: string): void {
  if (text.length > MAX_SOURCE) throw refusedSource(`is longer than ${MAX_SOURCE} characters`)
  if (/\p{Cc}/u.test(text)) throw refusedSource('has control characters')
  if (text.startsWith('-')) throw refusedSource('must not begin with a hyphen')
}

function refuseRefSpec(refSpec: string | undefined): void {
  if (refSpec !== undefined) throw refusedSource('is for git repositories only', 'ref_spec')
}
