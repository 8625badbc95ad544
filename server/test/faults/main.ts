import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runSeeds } from './campaign.ts'
import { readOptions, usage } from './options.ts'
import { lastLine, type Outcome, page } from './report.ts'

const args = process.argv.slice(2)

async function main(): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(usage)
  const options = readOptions(args)
  const outcomes = await runSeeds(options, (text) => process.stdout.write(`${text}\n`))
  const all = options.json === undefined ? outcomes : await addTo(options.json, outcomes)
  if (options.table !== undefined) {
    await mkdir(dirname(options.table), { recursive: true })
    await writeFile(options.table, page(all, `npm run test:faults -- ${args.join(' ')}`))
  }
  process.stdout.write(`${lastLine(outcomes)}\n`)
  process.exitCode = outcomes.some(({ violations }) => violations.length > 0) ? 1 : 0
}

/** Keeps what the file has of other seeds and transports. */
async function addTo(file: string, outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const before: Outcome[] = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : [] // written below
  const others = before.filter(
    ({ transport, seed }) => !outcomes.some((one) => one.transport === transport && one.seed === seed),
  )
  const all = [...others, ...outcomes]
  await writeFile(file, `${JSON.stringify(all, null, 1)}\n`)
  return all
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
