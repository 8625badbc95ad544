import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { Api } from '@attune/client/dist/api.js'
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
async function untilDone(client: Api, told: (remaining: number) => void): Promise<Rotation> {
  let reencrypted = 0
  for (;;) {
    const step = sumOf(await dataOf(client.POST('/api/v1/keys/rotate-encryption')))
    reencrypted += step.reencrypted
    if (step.done || step.reencrypted === 0) return { ...step, reencrypted }
    told(step.remaining)
  }
}

function sumOf({ done, ...tables }: Schemas['KeyRotation']): Rotation {
  const sum = (count: keyof Schemas['KeyRotation']['keys']) =>
    Object.values(tables).reduce((total, counts) => total + counts[count], 0)
  return {
    done,
    reencrypted: sum('reencrypted'),
    current: sum('current'),
    remaining: sum('remaining'),
    unreadable: sum('unreadable'),
  }
}
