import { readFile, rename, writeFile } from 'node:fs/promises'
import { compare, valid } from 'semver'
import { Failure } from '../failure.ts'
import { isJsonObject, type Json, type JsonObject, parseJsonObject } from '../json.ts'

/** A file that packs are looked up in. What it says of itself, and its entries as they stand there. */
export type IndexFile = { about: JsonObject; entries: JsonObject[] }

/** Reads an index. Throws a Failure that says what is wrong with it. */
export async function readIndexFile(path: string): Promise<IndexFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure(
      'usage',
      `Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
  const { packs, ...about } = parseJsonObject(text, path)
  if (!Array.isArray(packs) || !packs.every(isEntry))
    throw new Failure(
      'usage',
      `${path} is no index: it needs 'packs', a list of objects with ref and version.`,
    )
  return { about, entries: packs }
}

/** Writes an index in one step, so that nobody reads half of it. */
export async function writeIndexFile(path: string, { about, entries }: IndexFile): Promise<void> {
  const packs = entries.toSorted((a, b) => (refOf(a) < refOf(b) ? -1 : 1))
  const document = { ...about, last_updated: new Date().toISOString(), packs }
  const beside = `${path}.${process.pid}.new`
  await writeFile(beside, `${JSON.stringify(document, null, 2)}\n`)
  await rename(beside, path)
}

/** The entries of all, each pack once: the highest version wins, of equal ones the first. Pure. */
export function merged(lists: readonly (readonly JsonObject[])[]): JsonObject[] {
  const best = new Map<string, JsonObject>()
  for (const entry of lists.flat()) {
    const known = best.get(refOf(entry))
    if (known === undefined || isNewer(entry, known)) best.set(refOf(entry), entry)
  }
  return [...best.values()]
}

/** A version that is none loses against every one that is. */
function isNewer(entry: JsonObject, known: JsonObject): boolean {
  const [ours, theirs] = [valid(String(entry.version)), valid(String(known.version))]
  if (ours === null) return false
  return theirs === null || compare(ours, theirs) > 0
}

export const refOf = (entry: JsonObject) => String(entry.ref)

function isEntry(value: Json): value is JsonObject {
  return isJsonObject(value) && typeof value.ref === 'string' && typeof value.version === 'string'
}
