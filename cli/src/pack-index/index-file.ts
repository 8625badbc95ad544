import { readFile, rename, writeFile } from 'node:fs/promises'
import { compare, valid } from 'semver'
import { Failure } from '../failure.ts'
import { isJsonObject, type Json, type JsonObject, parseJsonObject } from '../json.ts'

/** A file that packs are looked up in. What it says of itself, and its entries as they stand there. */
export type IndexFile = { about: JsonObject; entries: ListedPack[] }

/** An entry, of which only this is sure. */
export type ListedPack = JsonObject & { ref: string; version: string }

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
  const packs = entries.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
  const document = { ...about, last_updated: new Date().toISOString(), packs }
  const beside = `${path}.${process.pid}.new`
  await writeFile(beside, `${JSON.stringify(document, null, 2)}\n`)
  await rename(beside, path)
}

/** The entries of all, each pack once: the highest version wins, of equal ones the first. Pure. */
export function merged(lists: readonly (readonly ListedPack[])[]): ListedPack[] {
  const best = new Map<string, ListedPack>()
  for (const entry of lists.flat()) {
    const known = best.get(entry.ref)
    if (known === undefined || isNewer(entry, known)) best.set(entry.ref, entry)
  }
  return [...best.values()]
}

/** A version that is none loses against every one that is. */
function isNewer(entry: ListedPack, known: ListedPack): boolean {
  const [ours, theirs] = [valid(entry.version), valid(known.version)]
  if (ours === null) return false
  return theirs === null || compare(ours, theirs) > 0
}

function isEntry(value: Json): value is ListedPack {
  return isJsonObject(value) && typeof value.ref === 'string' && typeof value.version === 'string'
}
