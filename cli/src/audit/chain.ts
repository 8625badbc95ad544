import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { auditEvents } from './audit-event.ts'

/** `attune audit chain REQUEST_ID` */
export function auditChain(shell: Shell): Command {
  return new Command('chain')
    .description('list what one request did, in its order')
    .argument('<request-id>', 'x-request-id of an answer')
    .action(async (requestId: string) => {
      const { client, out } = await shell.open()
      const rows = await dataOf(
        client.GET('/api/v1/audit-events/by-request/{request_id}', {
          params: { path: { request_id: requestId } },
        }),
      )
      out.list(rows, auditEvents)
    })
}
