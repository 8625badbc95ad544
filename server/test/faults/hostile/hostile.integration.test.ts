import { expect, inject, test } from 'vitest'
import type { TransportName } from '../plan.ts'
import { runCampaign } from './campaign.ts'
import { linesOf } from './report.ts'

const transports: TransportName[] = inject('brokerUrl') === '' ? ['postgres'] : ['postgres', 'rabbitmq']

/** A few seconds of each, one after the other; how fast it was is not asked here. `npm run test:hostile` goes further. */
test.for(transports)(
  'hostile users take nothing from the load of others over %s, end no process and find no secret in a log',
  { timeout: 600_000 },
  async (transport) => {
    const campaign = await runCampaign({
      transport,
      seconds: 5,
      seed: 1,
      rate: 5,
      each: 1,
      only: [],
      factor: 3,
      json: undefined,
      amqp_url: inject('brokerUrl'),
      keep: false,
    })

    process.stdout.write(`${linesOf(campaign)}\n`)
    expect(campaign.violations).toEqual([])
    expect(campaign.events).toBe(50)
    expect(campaign.quiet.count).toBeGreaterThan(0) // the load has run
    expect(campaign.tallies.length).toBeGreaterThan(4)
  },
)
