import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { isJsonObject, type Json } from '../../../json.ts'
import { jobOf, type Threads } from '../../../threads/bounded-threads.ts'
import { isPackRef } from '../reader/reference.ts'

const text = Type.String({ maxLength: 4096 })
const list = Type.Array(text, { maxItems: 1000 })
const Components = Type.Array(Type.Object({ name: text, description: text }), { maxItems: 1000 })

const InstallSource = Type.Union([
  Type.Object({ type: Type.Literal('git'), url: text, ref: Type.Optional(text), checksum: text }),
  Type.Object({ type: Type.Literal('archive'), url: text, checksum: text }),
])
export type InstallSource = Static<typeof InstallSource>

/** A pack as an index lists it, in one version. */
export const PackIndexEntry = Type.Object(
  {
    ref: text,
    label: text,
    description: text,
    use_case: Type.Optional(text),
    version: text,
    author: text,
    email: Type.Optional(text),
    homepage: Type.Optional(text),
    repository: Type.Optional(text),
    license: text,
    keywords: list,
    runtime_deps: list,
    install_sources: Type.Array(InstallSource, { maxItems: 20 }),
    contents: Type.Object({
      actions: Components,
      sensors: Components,
      triggers: Components,
      rules: Components,
      workflows: Components,
    }),
    dependencies: Type.Optional(
      Type.Object({
        attune_version: Type.Optional(text),
        python_version: Type.Optional(text),
        nodejs_version: Type.Optional(text),
        packs: list,
      }),
    ),
    meta: Type.Optional(
      Type.Object({
        downloads: Type.Optional(Type.Integer()),
        stars: Type.Optional(Type.Integer()),
        tested_attune_versions: list,
      }),
    ),
  },
  { title: 'PackIndexEntry' },
)
export type PackIndexEntry = Static<typeof PackIndexEntry>

const MAX_ENTRIES = 20_000

/** A text up to this size is read in some milliseconds. */
const INLINE_CHARACTERS = 64 * 1024
const BUDGET_MS = 20_000

/** Reads an index without holding up the process; undefined when it is none, or takes too long. */
export async function readEntries(text: string, threads: Threads): Promise<PackIndexEntry[] | undefined> {
  if (text.length <= INLINE_CHARACTERS) return readIndexText(text)
  const read = await threads.run(indexJob, text, BUDGET_MS)
  return read.kind === 'done' ? read.output : undefined
}

export function readIndexText(text: string): PackIndexEntry[] | undefined {
  try {
    const document: Json = JSON.parse(text)
    return readIndex(document)
  } catch {
    return undefined // whatever it is, it is no index
  }
}

const indexJob = jobOf(readIndexText, import.meta.url)

/** The entries of an index that can be read. Undefined when it is no index; an entry that is none is passed over. */
function readIndex(document: Json): PackIndexEntry[] | undefined {
  if (!isJsonObject(document) || !Array.isArray(document.packs)) return undefined
  if (document.packs.length > MAX_ENTRIES) return undefined
  return document.packs.flatMap((value) => {
    const entry = isJsonObject(value) ? { keywords: [], ...value } : value
    return Value.Check(PackIndexEntry, entry) && isPackRef(entry.ref)
      ? [Value.Clean(PackIndexEntry, entry)]
      : []
  }) as PackIndexEntry[]
}

/** Whether a word is anywhere in what an entry says of itself. */
export function mentions(entry: PackIndexEntry, words: string): boolean {
  const wanted = words.trim().toLowerCase()
  const said = [entry.ref, entry.label, entry.description, entry.use_case ?? '', ...entry.keywords]
  return said.some((one) => one.toLowerCase().includes(wanted))
}
