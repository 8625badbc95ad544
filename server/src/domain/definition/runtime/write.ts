import { Problem } from '../../../problem.ts'
import type { Body } from '../form/content.ts'
import { apply, checkChange, checkNew, make, type NewBody, remove, type Writing } from '../form/write.ts'
import { requireNameable } from '../key/naming.ts'
import * as runtimes from './queries.ts'
import { type Runtime, runtime } from './runtime.ts'
import { type ListedVersion, versionContent } from './version-list.ts'

type Listing = { versions?: readonly ListedVersion[] | null }

/** Makes a runtime by hand, of a pack or of none. */
export async function createRuntime(writing: Writing, body: NewBody & Listing): Promise<Runtime> {
  const made = await make(runtime, writing, await checkNew(runtime, writing, body))
  await keepVersions(writing, made, body)
  return made
}

/** A runtime is code of the actions that run by it: whoever changes it must be allowed to read the keys that these get. */
export async function updateRuntime(writing: Writing, ref: string, body: Body & Listing): Promise<Runtime> {
  const checked = await checkChange(runtime, writing, { ref, body })
  const keys = await runtimes.keyRefsOn(writing.tx, { pack_ref: null, runtime_refs: [ref] })
  await requireNameable(writing.tx, writing.caller, keys)
  const changed = await apply(runtime, writing, checked)
  await keepVersions(writing, changed, body)
  return changed
}

/** Its versions and the sensors that run by it go with it; actions that run by it keep it. */
export function deleteRuntime(writing: Writing, ref: string): Promise<void> {
  return remove(runtime, writing, ref, async ({ id }) => {
    const user = await runtimes.findUser(writing.tx, id)
    if (user === undefined) return
    const message = 'still runs actions; give them another runtime or delete them first'
    throw new Problem('UNPROCESSABLE_ENTITY', `The runtime '${ref}' ${message}.`, [{ field: 'ref', message }])
  })
}

async function keepVersions({ tx }: Writing, { id, ref }: Runtime, { versions }: Listing): Promise<void> {
  if (versions == null) return
  await runtimes.writeVersions(tx, [
    { runtime: id, runtime_ref: ref, versions: versions.map(versionContent) },
  ])
}
