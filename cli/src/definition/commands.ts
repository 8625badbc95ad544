import { dataOf } from '@attune/client/dist/answer.js'
import { Command, Option } from 'commander'
import { type Input, objectOption, optionText, repeated } from '../input.ts'
import { type Json, written } from '../json.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { changesOf, completed, draftOf, givenOf, required, titled, withPatches } from './draft.ts'

/** An option that says what a field is. */
type Flag = {
  flags: string
  says: string
  field: string
  /** What the text stands for; without it, itself. */
  as?:
    | 'object'
    | 'script'
    | 'list'
    | { each(text: string): Json }
    | { parse(text: string): Json }
    | { value: Json }
}

/** A kind of definition: what the commands of its noun say, and what they take. */
type DefinitionKind<T> = {
  kind: string
  /** As in the paths of the API. */
  plural: 'actions' | 'triggers' | 'sensors' | 'runtimes' | 'rules'
  /** A ref such as people give one that they made. */
  example: string
  view: View<T>
  /** What a list can be asked for. */
  filters: readonly Flag[]
  get: { says: string; example: string }
  /** What describes one besides label and description. */
  flags?: readonly Flag[]
  remove: string
}
type Creation = {
  says: string
  only: readonly Flag[]
  needs: readonly (readonly [field: string, remedy: string])[]
}
/** Fields that can be emptied: null does so. */
type Changing = { says: string; clearable: readonly string[] }
type Switched = 'triggers' | 'sensors' | 'rules'
type Switches = { enable: string; disable: string }

/** The commands that every kind has. */
export const commandsOf = <T extends Named>(of: DefinitionKind<T>) => ({
  list: (shell: Shell) => listCommand(shell, of),
  get: (shell: Shell) => getCommand(shell, of),
  delete: (shell: Shell) => deleteCommand(shell, of),
})

/** Those of a kind that is made from a file and flags. */
export const writingOf = <T extends Named>(
  of: DefinitionKind<T> & { create: Creation; update: Changing },
) => ({
  create: (shell: Shell) => createCommand(shell, of),
  update: (shell: Shell) => updateCommand(shell, of),
})

/** Those of a kind that can be switched on and off. */
export const switchingOf = <T extends Named>(
  of: DefinitionKind<T> & { plural: Switched; switches: Switches },
) => ({
  enable: (shell: Shell) => switchCommand(shell, of, 'enable'),
  disable: (shell: Shell) => switchCommand(shell, of, 'disable'),
})

/** A thing of any kind. */
type Named = { ref: string }

/** A path of a kind answers what its view shows: the compiler does not follow one that is put together. */
function shownBy<T>(answer: unknown): T {
  // oxlint-disable-next-line no-unsafe-type-assertion -- see above
  return answer as T
}

type Given = Readonly<Record<string, Json | undefined>>

function optionOf({ flags, says, as }: Flag): Option {
  const option = new Option(flags, says)
  if (as === 'list') return option.argParser(repeated)
  if (typeof as === 'object' && 'each' in as)
    return option.argParser((text, before: Json[] | undefined) => [...(before ?? []), as.each(text)])
  return typeof as === 'object' && 'parse' in as ? option.argParser((text) => as.parse(text)) : option
}

function withFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) command.addOption(optionOf(flag))
  return command
}

/** The fields that flags were given for. */
async function fieldsOf(flags: readonly Flag[], given: Given, input: Input): Promise<Given> {
  const fields: Record<string, Json | undefined> = {}
  for (const flag of flags) fields[flag.field] = await valueOf(flag, given, input)
  return fields
}

async function valueOf(flag: Flag, given: Given, input: Input): Promise<Json | undefined> {
  const option = optionOf(flag)
  const value = given[option.attributeName()]
  if (typeof flag.as === 'object' && 'value' in flag.as)
    return value === undefined ? undefined : flag.as.value
  if (typeof value !== 'string') return value
  if (flag.as === 'object') return objectOption(value, option.long ?? '', input)
  return flag.as === 'script' ? optionText(value, input) : value
}

/** A list can be asked for those of a pack. */
export const ofPack = (plural: string): Flag => ({
  flags: '--pack <ref>',
  says: `only ${plural} of this pack`,
  field: 'pack_ref',
})

/** `attune KIND list` */
function listCommand<T extends Named>(
  shell: Shell,
  { plural, view, filters: flags }: DefinitionKind<T>,
): Command {
  return withFlags(pageable(new Command('list')).description(`list ${plural}`), flags).action(
    async (options: ListOptions & Given) => {
      const path = `/api/v1/${plural}` as const
      const query = givenOf(await fieldsOf(flags, options, shell.terminal))
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => shownBy(client.GET(path, { params: { query: { ...query, ...paged } } })),
        view,
        options,
      )
    },
  )
}

/** `attune KIND get REF` */
function getCommand<T extends Named>(shell: Shell, { kind, plural, get, view }: DefinitionKind<T>): Command {
  return new Command('get')
    .alias('show')
    .description(get.says)
    .argument('<ref>', `${kind}, like ${get.example}`)
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        shownBy<T>(await dataOf(client.GET(`/api/v1/${plural}/{ref}`, { params: { path: { ref } } }))),
        view,
      )
    })
}

/** `attune KIND create REF` */
function createCommand<T extends Named>(shell: Shell, of: DefinitionKind<T> & { create: Creation }): Command {
  const { kind, plural, example, view, create, flags = [] } = of
  const all = [
    ...describing(flags),
    { flags: '--pack <ref>', says: 'pack (default: first part of the ref)', field: 'pack_ref' },
    ...create.only,
  ]
  return withFlags(fromFile(new Command('create'), kind), all)
    .description(create.says)
    .argument('[ref]', `${kind}, like ${example}`)
    .action(async (ref: string | undefined, { file, ...options }: { file?: string } & Given) => {
      const given = { ref, ...(await fieldsOf(all, options, shell.terminal)) }
      const draft = completed(await draftOf(file, given, shell.terminal), kind)
      for (const [field, remedy] of create.needs) required(draft, field, kind, remedy)
      const { client, out } = await shell.open()
      const path = `/api/v1/${plural}` as const
      const created = shownBy<T>(await dataOf(client.POST(path, { body: written<never>(draft) })))
      out.done(created, view, (shown) => `${titled(kind)} ${shown.ref} is created.`)
    })
}

/** `attune KIND update REF` */
function updateCommand<T extends Named>(shell: Shell, of: DefinitionKind<T> & { update: Changing }): Command {
  const { kind, plural, example, view, update, flags = [] } = of
  const all = describing(flags)
  return withFlags(fromFile(new Command('update'), kind), all)
    .description(update.says)
    .argument('<ref>', `${kind}, like ${example}`)
    .action(async (ref: string, { file, ...options }: { file?: string } & Given) => {
      const given = await fieldsOf(all, options, shell.terminal)
      const draft = changesOf(await draftOf(file, given, shell.terminal))
      const path = `/api/v1/${plural}/{ref}` as const
      const body = written<never>(withPatches(draft, update.clearable))
      const { client, out } = await shell.open()
      const changed = shownBy<T>(await dataOf(client.PUT(path, { params: { path: { ref } }, body })))
      out.done(changed, view, (shown) => `${titled(kind)} ${shown.ref} is changed.`)
    })
}

function fromFile(command: Command, kind: string): Command {
  return command.option('--file <file>', `${kind} as YAML or JSON, - for standard input; flags correct it`)
}

/** What every kind is described by, and this one besides. */
function describing(flags: readonly Flag[]): Flag[] {
  return [
    { flags: '--label <text>', says: 'label', field: 'label' },
    { flags: '--description <text>', says: 'description', field: 'description' },
    ...flags,
  ]
}

/** `attune KIND delete REF` */
function deleteCommand<T extends Named>(
  shell: Shell,
  { kind, plural, example, remove }: DefinitionKind<T>,
): Command {
  return new Command('delete')
    .description(remove)
    .argument('<ref>', `${kind}, like ${example}`)
    .option('--yes', 'do not ask')
    .action(async (ref: string, { yes }: { yes?: boolean }) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Delete ${kind} ${ref}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(client.DELETE(`/api/v1/${plural}/{ref}`, { params: { path: { ref } } }))
      out.outcome(answer, `${titled(kind)} ${ref} is deleted.`)
    })
}

/** `attune KIND enable REF` and `attune KIND disable REF` */
function switchCommand<T extends Named>(
  shell: Shell,
  { kind, plural, example, view, switches }: DefinitionKind<T> & { plural: Switched; switches: Switches },
  verb: 'enable' | 'disable',
): Command {
  return new Command(verb)
    .description(switches[verb])
    .argument('<ref>', `${kind}, like ${example}`)
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const path = `/api/v1/${plural}/{ref}/${verb}` as const
      const changed = shownBy<T>(await dataOf(client.POST(path, { params: { path: { ref } } })))
      out.done(changed, view, (shown) => `${titled(kind)} ${shown.ref} is ${verb}d.`)
    })
}
