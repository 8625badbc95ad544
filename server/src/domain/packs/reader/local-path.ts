import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { quoted } from '../archive/archive-entry.ts'
import { refusedSource } from '../fetch/source-url.ts'

export type LocalRules = {
  /** Folders below which whoever may install packs may name paths. */
  roots: readonly string[]
  /** Whether the caller may name any path of the server. */
  anywhere: boolean
}

/**
 * The real path of a file or folder of the server that a request names. Where it is must show in the path itself: one
 * that leads through a symbolic link could lead elsewhere a moment later.
 */
export async function allowedLocalPath(
  path: string,
  { roots, anywhere }: LocalRules,
  field = 'path',
): Promise<string> {
  if (path.includes('\0') || path.length > 4096) throw refusedSource('is not a path', field)
  if (!isAbsolute(path))
    throw refusedSource(`${quoted(path)} must be absolute: it counts from nowhere`, field)
  const plain = resolve(path)
  const below = await placeBelowRoots(plain, roots)
  if (below === undefined && !anywhere) {
    throw refusedSource(
      `${quoted(path)} is in no folder that packs may be taken from; see pack_registry.local_roots, or upload the pack`,
      field,
    )
  }
  const real = await realpath(plain).catch(() => undefined) // who asks learns no more than that
  if (real === undefined) throw refusedSource(`there is no directory '${path}' on the server`, field)
  if (real !== (below ?? plain)) {
    throw refusedSource(`${quoted(path)} leads through a symbolic link; name the place itself`, field)
  }
  return real
}

/** Where a path below a root is if no link is on the way. The root itself may be one: who configures it means where it leads. */
async function placeBelowRoots(path: string, roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots) {
    const way = relative(resolve(root), path)
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) continue
    const real = await realpath(root).catch(() => undefined) // nothing lies below what is not there
    if (real !== undefined) return join(real, way)
  }
  return undefined
}
