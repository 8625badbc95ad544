import { Problem } from '../../../problem.ts'

/** What an archive says is in it, one by one. Names and sizes are claims of whoever made the archive. */
export type ArchiveEntry =
  | { kind: 'directory'; path: string }
  | {
      kind: 'file'
      path: string
      executable: boolean
      /** Bytes, as claimed. */
      size: number
      content: AsyncIterable<Buffer>
    }
  | { kind: 'symlink' | 'hardlink'; path: string; target: string }

/** How much a pack may be, wherever it comes from, and whether links may be in it. */
export type PackLimits = {
  max_archive_size_bytes: number
  max_extracted_size_bytes: number
  max_per_entry_size_bytes: number
  max_file_count: number
  allow_symlinks: boolean
}

/** Why an archive is not taken, as the caller is told. */
export function refused(reason: string, entry?: string): Problem {
  const where = entry === undefined ? '' : ` entry ${quoted(entry)}`
  const message = `The archive is refused:${where} ${reason}.`
  return new Problem('BAD_REQUEST', message, [{ field: 'pack', message: reason }])
}

/** A name from outside as it may be shown: short, and on one line. */
export function quoted(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text
  return `'${shown.replaceAll(/[\p{Cc}\p{Cf}\uFFFD]/gu, '?')}'`
}
