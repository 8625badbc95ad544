import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { changesOf, draftOf, required, withPatches } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { runtimes } from './runtime.ts'

type Options = { file: string }

/** `attune runtime create --file FILE` */
export function runtimeCreate(shell: Shell): Command {
  return new Command('create')
    .description('create a runtime from a file')
    .requiredOption('--file <file>', 'runtime as YAML or JSON, - for standard input')
    .action(async ({ file }: Options) => {
      const draft = await draftOf(file, {}, shell.terminal)
      required(draft, 'ref', 'runtime', 'Write it into the file.')
      required(draft, 'name', 'runtime', 'Write it into the file.')
      const { client, out } = await shell.open()
      const created = await dataOf(
        client.POST('/api/v1/runtimes', { body: written<Schemas['CreateRuntime']>(draft) }),
      )
      out.done(created, runtimes, ({ ref }) => `Runtime ${ref} is created.`)
    })
}

/** `attune runtime update REF --file FILE` */
export function runtimeUpdate(shell: Shell): Command {
  return new Command('update')
    .description('change a runtime; what is not given stays')
    .argument('<ref>', 'runtime, like demo.lua')
    .requiredOption('--file <file>', 'changes as YAML or JSON, - for standard input')
    .action(async (ref: string, { file }: Options) => {
      const draft = changesOf(await draftOf(file, {}, shell.terminal))
      const body = written<Schemas['UpdateRuntime']>(withPatches(draft, ['installation']))
      const { client, out } = await shell.open()
      const changed = await dataOf(client.PUT('/api/v1/runtimes/{ref}', { params: { path: { ref } }, body }))
      out.done(changed, runtimes, () => `Runtime ${ref} is changed.`)
    })
}
