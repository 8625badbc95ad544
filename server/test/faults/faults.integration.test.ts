import { expect, inject, test } from 'vitest'
import { runSeeds } from './campaign.ts'
import type { FaultOptions } from './options.ts'
import { kindsOf, type TransportName } from './plan.ts'
import { lastLine } from './report.ts'

const transports: TransportName[] = inject('brokerUrl') === '' ? ['postgres'] : ['postgres', 'rabbitmq']

/** The same seeds every time; `npm run test:faults` goes further. */
function shortRun(transport: TransportName): FaultOptions {
  return {
    transport,
    from: 1,
    seeds: 5,
    seconds: 1.5,
    events: 60,
    fleet: 'small',
    faults: [3, 4],
    kinds: kindsOf(transport),
    json: undefined,
    table: undefined,
    amqp_url: inject('brokerUrl'),
    keep: false,
  }
}

/** Each transport has a database server and, where it can be installed, a broker of its own to treat badly. */
test.concurrent.for(transports)(
  'five seeds of faults over %s lose, double and forget nothing',
  { timeout: 600_000 },
  async (transport) => {
    const failed: string[] = []

    const outcomes = await runSeeds(shortRun(transport), (text) => {
      process.stdout.write(`${text}\n`)
      if (/VIOLATIONS| {2}again:/.test(text)) failed.push(text)
    })

    expect(failed).toEqual([])
    expect(lastLine(outcomes)).toMatch(/^seeds 5, .* lost 0, doubled 0, stuck 0, changed after end 0$/)
  },
)
