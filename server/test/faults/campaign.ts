import { rm } from 'node:fs/promises'
import type { FaultOptions } from './options.ts'
import { replay } from './options.ts'
import { planOf } from './plan.ts'
import { linesOf, type Outcome, outcomeOf } from './report.ts'
import { runSeed } from './seed.ts'
import { openSite } from './site.ts'

/** Runs the seeds one after the other on one site. `say` gets what a person wants to read. */
export async function runSeeds(options: FaultOptions, say: (text: string) => void): Promise<Outcome[]> {
  const site = await openSite(options.transport, options.amqp_url)
  const kinds =
    site.broker?.own === false ? options.kinds.filter((kind) => kind !== 'broker_restart') : options.kinds
  const outcomes: Outcome[] = []
  try {
    for (let seed = options.from; seed < options.from + options.seeds; seed += 1) {
      const result = await runSeed(planOf(seed, { ...options, kinds }), site)
      outcomes.push(outcomeOf(result))
      say(linesOf(result))
      if (result.violations.length > 0) say(`  again: ${replay(options, seed)}`)
      else if (!options.keep) await rm(result.folder, { recursive: true, force: true })
    }
    return outcomes
  } finally {
    await site.close({ keep: options.keep || outcomes.some(({ violations }) => violations.length > 0) })
  }
}
