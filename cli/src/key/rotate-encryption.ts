import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { Client } from '../client.ts'
import { flag, integer, row } from '../row.ts'
import type { Shell } from '../shell.ts'

/** `attune key rotate-encryption` */
export function keyRotateEncryption(shell: Shell): Command {
  return new Command('rotate-encryption')
    .description('encrypt everything anew with the current encryption key of the server')
    .action(async () => {
      const { client, out } = await shell.open()
      const rotation = await untilDone(client, (left) => out.notice(`${left} values are left.`))
      if (out.format !== 'table') out.value(rotation)
      else if (rotation.done)
        out.notice(
          `${rotation.reencrypted} values were encrypted anew; all ${rotation.current} are under the current key.`,
        )
      if (!rotation.done) out.warn(`${rotation.remaining} values are still under a previous key.`)
      if (rotation.unreadable > 0)
        out.warn(`${rotation.unreadable} values cannot be read: damaged, or their key is not configured.`)
      if (!rotation.done || rotation.unreadable > 0) shell.finish('failed')
    })
}

type Rotation = { done: boolean; reencrypted: number; current: number; remaining: number; unreadable: number }

/** The server works for some seconds at a time. What makes no progress is not asked for again. */
async function untilDone(client: Client, told: (remaining: number) => void): Promise<Rotation> {
  let reencrypted = 0
  for (;;) {
    const step = read(await client.post('/api/v1/keys/rotate-encryption'))
    reencrypted += step.reencrypted
    if (step.done || step.reencrypted === 0) return { ...step, reencrypted }
    told(step.remaining)
  }
}

function read(answer: unknown): Rotation {
  const rotation = row<Schemas['KeyRotation']>(answer)
  const parts = ['keys', 'secret_values', 'webhook_secrets', 'pack_index_headers'].map((part) =>
    row(rotation[part]),
  )
  const sum = (field: string) => parts.reduce((total, part) => total + integer(part, field), 0)
  return {
    done: flag(rotation, 'done'),
    reencrypted: sum('reencrypted'),
    current: sum('current'),
    remaining: sum('remaining'),
    unreadable: sum('unreadable'),
  }
}
