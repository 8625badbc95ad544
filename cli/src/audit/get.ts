import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { auditEvents } from './audit-event.ts'

/** `attune audit get ID` */
export function auditGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a row of the audit log')
    .argument('<id>', 'audit event id', positiveInteger('an audit event id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.GET('/api/v1/audit-events/{id}', { params: { path: { id } } })),
        auditEvents,
      )
    })
}
