import { item, type Route, read } from '../../../http/route.ts'
import { listLive } from './finding.ts'
import { Topology, topologyOf } from './topology.ts'
import { oldestWaiting, outboxBacklog } from './waiting.ts'

export function topologyRoutes({ transport }: { transport: Topology['transport'] }): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/topology',
      summary: 'Whether messages get where they belong',
      description:
        'Exchanges, queues and bindings of the routing table, what the processes see of them, and what is wrong, with its remedy.',
      tag: 'topology',
      access: ['workers', 'read'],
      success: { 200: item(Topology) },
      async handle({ db }) {
        const [findings, oldest, outbox] = await Promise.all([
          listLive(db),
          oldestWaiting(db),
          outboxBacklog(db),
        ])
        return { data: topologyOf({ transport, findings, oldest, outbox }) }
      },
    }),
  ]
}
