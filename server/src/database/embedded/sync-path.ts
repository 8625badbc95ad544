import { open } from 'node:fs/promises'

/** Waits until what was written to this file, or to this folder's list of names, survives a power failure. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
