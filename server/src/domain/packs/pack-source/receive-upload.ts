import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../../problem.ts'
import { archiveTooLarge } from '../archive/unpack-archive.ts'
import { type PackLimits, refused } from '../archive/archive-entry.ts'
import type { StagedPack } from '../registrar/staged-pack.ts'
import { stageArchive } from './obtain.ts'

/** A part of a form as the web layer hands it over. */
type Part =
  | { kind: 'field'; name: string; value: string }
  | { kind: 'file'; name: string; content: AsyncIterable<Buffer>; truncated(): boolean }

export type UploadedArchive = { staged: StagedPack; force: boolean; skip_tests: boolean }

const flags: ReadonlySet<string> = new Set(['force', 'skip_tests'])

/** Takes the parts of an upload: the archive goes to disk as it comes, and is unpacked when it is whole. */
export async function receiveUpload(
  parts: AsyncIterable<Part>,
  { folder, limits }: { folder: string; limits: PackLimits },
): Promise<UploadedArchive> {
  const archive = join(folder, 'archive')
  const given = new Map<string, string>()
  for await (const part of parts) {
    if (given.has(part.name)) throw unexpected(part.name, 'is there twice')
    if (part.kind === 'file' && part.name === 'pack') await save(part, archive, limits)
    else if (part.kind === 'file' || !flags.has(part.name))
      throw unexpected(part.name, 'is not a part of this form')
    given.set(part.name, part.kind === 'field' ? part.value : '')
  }
  if (!given.has('pack')) throw unexpected('pack', 'is required: the archive, as a file')
  const origin = { source_type: 'local_archive', source_url: null } as const
  const staged = await stageArchive(archive, { folder, limits }, origin)
  const isSaid = (name: string) => given.get(name)?.toLowerCase() === 'true'
  return { staged, force: isSaid('force'), skip_tests: isSaid('skip_tests') }
}

async function save(part: Part & { kind: 'file' }, path: string, limits: PackLimits): Promise<void> {
  const file = await open(path, 'wx')
  let bytes = 0
  try {
    for await (const piece of part.content) {
      bytes += piece.length
      if (bytes > limits.max_archive_size_bytes) throw archiveTooLarge(limits)
      await file.write(piece)
    }
  } finally {
    await file.close()
  }
  if (part.truncated()) throw archiveTooLarge(limits)
  if (bytes === 0) throw refused('is empty')
}

function unexpected(name: string, message: string): Problem {
  const field = name.slice(0, 100)
  return new Problem('BAD_REQUEST', `${field}: ${message}`, [{ field, message }])
}
