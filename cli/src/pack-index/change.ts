import { dataOf } from '@attune/client/dist/answer.js'
import { Command, InvalidArgumentError } from 'commander'
import { Failure } from '../failure.ts'
import { optionText, parseYamlObject, positiveInteger } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Shell } from '../shell.ts'
import { registries } from './registry.ts'

type Options = {
  url?: string
  name?: string
  position?: number
  enabled?: boolean
  disabled?: boolean
  headers?: string
}

function position(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('A position is a number from 0.')
}

function describing(command: Command): Command {
  return command
    .option('-n, --name <name>', 'name for people')
    .option('--position <number>', 'lower is asked first; a new one comes last', position)
    .option(
      '--headers <source>',
      'headers to send, a YAML map in @FILE or - for standard input; they are stored encrypted',
    )
}

/** `attune pack index add URL` */
export function packIndexAdd(shell: Shell): Command {
  return describing(new Command('add'))
    .description('add an index of packs')
    .argument('<url>', 'where its JSON is: https://…')
    .option('--disabled', 'add it switched off')
    .action(async (url: string, { disabled, ...options }: Options) => {
      const { client, out } = await shell.open()
      const body = { url, enabled: disabled !== true, ...(await fieldsOf(options, shell)) }
      const index = await dataOf(client.POST('/api/v1/pack-indices', { body }))
      out.done(index, registries, ({ id, url: at }) => `Index ${id} at ${at} is added.`)
    })
}

/** `attune pack index update ID` */
export function packIndexUpdate(shell: Shell): Command {
  return describing(new Command('update'))
    .description('change an index of packs')
    .argument('<id>', 'index id', positiveInteger('the id of an index'))
    .option('--url <url>', 'another URL; at another origin the headers are forgotten unless given anew')
    .option('--enabled <boolean>', 'true or false', flagValue)
    .action(async (id: number, { url, enabled, ...options }: Options) => {
      const body = {
        ...(url === undefined ? {} : { url }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(await fieldsOf(options, shell)),
      }
      if (Object.keys(body).length === 0) throw new Failure('usage', 'Say what to change; see --help.')
      const { client, out } = await shell.open()
      const index = await dataOf(client.PUT('/api/v1/pack-indices/{id}', { params: { path: { id } }, body }))
      out.done(index, registries, ({ url: at }) => `Index ${id} at ${at} is changed.`)
    })
}

function flagValue(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new InvalidArgumentError('Say true or false.')
}

async function fieldsOf({ name, position: at, headers }: Options, shell: Shell): Promise<JsonObject> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(at === undefined ? {} : { position: at }),
    ...(headers === undefined ? {} : { headers: await headersOf(headers, shell) }),
  }
}

/** Headers are secrets, and every user of the machine can read a command line. */
async function headersOf(source: string, shell: Shell): Promise<JsonObject> {
  if (source !== '-' && !source.startsWith('@')) {
    throw new Failure(
      'usage',
      '--headers takes @FILE or -, not the headers themselves: others could read them.',
    )
  }
  return parseYamlObject(await optionText(source, shell.terminal), '--headers')
}
