import { dataOf } from '@attune/client/dist/answer.js'
import { Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import type { Shell } from '../shell.ts'
import { keys, type OwnerType, ownerTypes, withoutValue } from './key.ts'
import { readValue, type ValueOptions } from './value.ts'

type Options = ValueOptions & {
  name?: string
  ownerType: OwnerType
  owner?: string
  plain?: boolean
}

/** `attune key create REF` */
export function keyCreate(shell: Shell): Command {
  return new Command('create')
    .description('create a key; the value is asked for, or comes from a file or a pipe')
    .argument('<ref>', 'key, like slack.token')
    .option('--name <name>', 'what actions and rules call it (default: the last part of the ref)')
    .addOption(new Option('--owner-type <type>', 'kind of owner').choices(ownerTypes).default('system'))
    .option('--owner <owner>', 'ref of the pack, action or sensor, or id of the identity')
    .option('--value [source]', '@FILE, or - for standard input (default: ask)')
    .option('--json-value', 'read the value as JSON, not as text')
    .option('--plain', 'do not encrypt it: it is no secret')
    .action(async (ref: string, options: Options) => {
      const owner = ownerFields(options)
      const session = await shell.open()
      const value = await readValue(options, ref, shell.terminal)
      const name = options.name ?? ref.split('.').at(-1) ?? ref
      const body = {
        ref,
        name,
        owner_type: options.ownerType,
        ...owner,
        value,
        encrypted: options.plain !== true,
      }
      const answer = await dataOf(session.client.POST('/api/v1/keys', { body }))
      session.out.done(withoutValue(answer), keys, (key) => `Key ${key.ref} is created.`)
    })
}

function ownerFields({ ownerType, owner }: Options): JsonObject {
  if (ownerType === 'system') {
    if (owner === undefined) return {}
    throw new Failure('usage', '--owner needs --owner-type: pack, action, sensor or identity.')
  }
  if (owner === undefined) throw new Failure('usage', `--owner-type ${ownerType} needs --owner.`)
  if (ownerType !== 'identity') return { [`owner_${ownerType}_ref`]: owner }
  if (/^\d+$/.test(owner)) return { owner_identity: Number(owner) }
  throw new Failure('usage', `'${owner}' is not the id of an identity.`)
}
