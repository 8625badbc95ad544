import { writeFile } from 'node:fs/promises'
import { runCampaign } from './campaign.ts'
import { readOptions, usage } from './options.ts'
import { isTooSlow, linesOf } from './report.ts'

const args = process.argv.slice(2)

async function main(): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(usage)
  const options = readOptions(args)
  const campaign = await runCampaign(options)
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(campaign, null, 1)}\n`)
  process.stdout.write(`${linesOf(campaign)}\n`)
  process.exitCode = campaign.violations.length > 0 || isTooSlow(campaign) ? 1 : 0
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
