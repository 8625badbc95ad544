import { readdir, readFile } from 'node:fs/promises'

/** What the command lines and environments of a process and of all below it have held while they were watched. */
export type ProcessWatch = { seen: ReadonlySet<string>; stop(): Promise<void> }

/** Looks every few milliseconds: actions live shortly. */
export function watchProcesses(root: number): ProcessWatch {
  const seen = new Set<string>()
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      for (const pid of await descendants(root)) {
        for (const name of ['cmdline', 'environ']) {
          const text = await readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '') // it is gone
          if (text !== '') seen.add(Buffer.from(text, 'latin1').toString('utf8').replaceAll('\0', '\n'))
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
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
