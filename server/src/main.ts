import { parseArgs } from 'node:util'
import { loadSettings } from './config/load.ts'
import { homeOf } from './config/home.ts'
import type { Settings } from './config/settings.ts'
import { createLog, type Log } from './observe/log.ts'
import { Problem } from './problem.ts'
import { isRole, migrateOnly, type Role, roles, startProgram } from './services/program.ts'

const usage = `attune-server [options]           runs the roles
attune-server migrate [options]   brings the schema of the database to this version, and ends

  --roles LIST     which of ${roles.join(', ')} to run (default: all)
  -c, --config F   configuration file (default: $ATTUNE_CONFIG, else config.yaml)
  --host HOST      address of the API
  --port PORT      port of the API; 0 takes a free one
  --demo=false     leave the examples pack out
  -h, --help       this text
`

/** A process that is given up gets so long to give back what it has. */
const STOP_BROKEN_MS = 15_000

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      roles: { type: 'string' },
      config: { type: 'string', short: 'c' },
      host: { type: 'string' },
      port: { type: 'string' },
      demo: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return void process.stdout.write(usage)
  const [command, ...more] = positionals
  if ((command !== undefined && command !== 'migrate') || more.length > 0)
    throw new Problem('BAD_REQUEST', `There is no command '${positionals.join(' ')}'; see --help.`)
  const loaded = await load(values)
  return command === 'migrate' ? migrateAndEnd(loaded) : run({ ...loaded, roles: rolesOf(values.roles) })
}

type Values = { config?: string; host?: string; port?: string; demo?: string }
type Loaded = { settings: Settings; setting_files: readonly string[]; log: Log; home: string }

async function load(values: Values): Promise<Loaded> {
  const { settings, warnings, files } = await loadSettings(process.env, {
    file: values.config,
    overrides: {
      server: {
        ...(values.host === undefined ? {} : { host: values.host }),
        ...(values.port === undefined ? {} : { port: Number(values.port) }),
      },
      ...(values.demo === undefined ? {} : { demo: values.demo !== 'false' }),
      ...(process.stdout.isTTY ? { log: { format: 'pretty' } } : {}),
    },
  })
  const log = createLog({
    level: settings.log.level,
    format: settings.log.format === 'pretty' ? 'pretty' : 'json',
  })
  for (const warning of warnings) log.warn(warning)
  return { settings, setting_files: files, log, home: homeOf(process.env) }
}

async function migrateAndEnd(loaded: Loaded): Promise<void> {
  const applied = await migrateOnly(loaded)
  loaded.log.info(
    { applied },
    applied.length === 0 ? 'the schema is of this version already' : 'schema migrated',
  )
}

async function run(options: Loaded & { roles: readonly Role[] }): Promise<void> {
  const { log } = options
  const started = startProgram(options)
  // A start that is cut short leaves a worker on the list that gets work and is not there.
  stopOnSignal(async () => (await started).stop())
  const program = await started
  void program.broken.then(async (reason) => {
    log.error(reason)
    // What is broken may be what stopping waits for.
    setTimeout(() => process.exit(1), STOP_BROKEN_MS).unref()
    await program.stop().catch((error: unknown) => log.error({ error: String(error) }, 'not stopped cleanly'))
    process.exit(1)
  })
}

function rolesOf(list: string | undefined): readonly Role[] {
  if (list === undefined) return roles
  return list.split(',').map((name) => {
    if (!isRole(name))
      throw new Problem('BAD_REQUEST', `--roles: ${name} is no role; choose from ${roles.join(', ')}.`)
    return name
  })
}

/** The first signal drains and stops; a second one does not wait. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(
            `Could not stop cleanly: ${error instanceof Error ? error.stack : String(error)}\n`,
          )
          process.exit(1)
        },
      )
    })
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Problem ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(1)
})
