import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the command lines and environments of a process and of all below it have held while they were watched. */
export type ProcessWatch = { seen: ReadonlySet<string>; stop(): Promise<void> }

/** Looks every few milliseconds: actions live shortly. */
export function watchProcesses(root: number): ProcessWatch {
  const seen = new Set<string>()
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      for (const text of await texts(root)) seen.add(text)
      await sleep(20)
    }
  })()
  return {
    seen,
    async stop() {
      stopped = true
      await watching
    },
  }
}

async function texts(root: number): Promise<string[]> {
  const files = (await descendants(root)).flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
  const read = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => ''))) // it is gone
  return read.map((text) => text.replaceAll('\0', '\n'))
}

async function descendants(root: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const status = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(status)?.[1])
    if (Number.isInteger(parent)) parents.set(Number(name), parent)
  }
  const found = [root]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}
