import { writeFile } from 'node:fs/promises'
import { startServer } from './installation.ts'
import { readOptions, usage } from './options.ts'
import { benchPath } from './path.ts'
import { benchScale } from './scale.ts'
import { benchSoak } from './soak.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  const server = await startServer()
  try {
    const { figures, text, failed } = await run(options, server)
    process.stdout.write(`${text}\n`)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`)
    if (failed === true) process.exitCode = 1
  } finally {
    await server.stop()
  }
}

type Outcome = { figures: object; text: string; failed?: boolean }

function run(
  options: ReturnType<typeof readOptions>,
  server: Awaited<ReturnType<typeof startServer>>,
): Promise<Outcome> {
  switch (options.mode) {
    case 'path':
      return benchPath(server, options)
    case 'soak':
      return benchSoak(server, options)
    case 'scale':
      return benchScale(server, options)
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n\n${usage}\n`)
  process.exitCode = 1
})
