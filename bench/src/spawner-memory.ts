import { readFile } from 'node:fs/promises'

/** Bytes. A heap that nobody can ask for is not given. */
export type Memory = { rss: number; heap: number | undefined }

/** What the spawners of a worker process hold; undefined where it has none, or the system does not tell. */
export async function spawnerMemory(pid: number): Promise<Memory | undefined> {
  const children = await read(`/proc/${pid}/task/${pid}/children`)
  let rss = 0
  for (const child of children.split(' ').filter((text) => text !== '')) {
    if (!(await read(`/proc/${child}/cmdline`)).includes('spawner')) continue
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await read(`/proc/${child}/status`)) ?? []
    rss += Number(kilobytes ?? 0) * 1024
  }
  return rss === 0 ? undefined : { rss, heap: undefined }
}

/** A process may be gone between two looks. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
