import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Findings } from '../yaml/findings.ts'
import type { PackTree } from './pack-tree.ts'

/** A script says at its beginning how its lines end. */
const LOOKED_AT_BYTES = 4096
const MOST_SCRIPTS = 1000

/** Notes shell scripts with the line ends of Windows: a shell takes them for a part of each command. */
export async function refuseLineEnds(tree: PackTree, findings: Findings): Promise<void> {
  const scripts = tree.entries.filter((entry) => entry.kind === 'file' && /\.(sh|bash)$/.test(entry.path))
  for (const { path } of scripts.slice(0, MOST_SCRIPTS)) {
    const line = lineWithReturn(await beginningOf(join(tree.root, path)))
    if (line !== undefined) findings.problems.push({ file: path, field: '', line, message: MESSAGE })
  }
}

const MESSAGE =
  "ends its lines as Windows does (CRLF), which a shell takes for a part of each command; save it with LF, in git by '*.sh text eol=lf' in .gitattributes"

function lineWithReturn(text: string): number | undefined {
  const at = text.indexOf('\r\n')
  return at < 0 ? undefined : text.slice(0, at).split('\n').length
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0)
    return buffer.subarray(0, bytesRead).toString('latin1')
  } finally {
    await file.close()
  }
}
