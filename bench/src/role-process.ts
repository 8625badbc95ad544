import { loadSettings } from '@attune/server/dist/config/load.js'
import { homeOf } from '@attune/server/dist/config/home.js'
import { createLog } from '@attune/server/dist/observe/log.js'
import { type Program, isRole, startProgram } from '@attune/server/dist/services/program.js'

/*
 * The program with the roles of its arguments, as a process of its own. Unlike `attune-server` it says to its
 * parent when it is ready and what memory it holds; it ends when its parent lets go of it.
 */

export type FromRole =
  | { kind: 'ready'; url: string | undefined }
  | { kind: 'memory'; rss: number; heap: number }
export type ToRole = 'memory' | 'stop'

async function main(): Promise<void> {
  const { settings } = await loadSettings(process.env)
  const program = await startProgram({
    settings,
    log: createLog({ level: settings.log.level, format: 'json' }),
    home: homeOf(process.env),
    roles: process.argv.slice(2).filter(isRole),
  })
  process.on('message', (message: ToRole) => {
    if (message === 'stop') return end(program)
    const { rss, heapUsed } = process.memoryUsage()
    say({ kind: 'memory', rss, heap: heapUsed })
  })
  process.once('disconnect', () => end(program))
  say({ kind: 'ready', url: program.url })
}

function say(message: FromRole): void {
  process.send?.(message)
}

function end(program: Program): void {
  program.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  )
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
})
