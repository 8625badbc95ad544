import type { Schemas } from '@attune/client/dist/requests.js'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import type { View } from '../output/view.ts'
import { flag, integer, maybeText, row, rows, text, texts } from '../row.ts'

export type PermissionSet = {
  id: number
  ref: string
  label: string | undefined
  description: string | undefined
  modified: boolean
  grants: JsonObject[]
  roles: { id: number; role: string }[]
}

export const permissionSets: View<PermissionSet> = {
  read(value) {
    const set = row<Schemas['PermissionSetDetail']>(value)
    return {
      id: integer(set, 'id'),
      ref: text(set, 'ref'),
      label: maybeText(set, 'label'),
      description: maybeText(set, 'description'),
      modified: flag(set, 'modified'),
      grants: rows(set, 'grants'),
      roles: rows(set, 'roles').map((role) => ({ id: integer(role, 'id'), role: text(role, 'role') })),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Label', ({ label }) => label ?? ''],
    ['Roles', ({ roles }) => roles.map(({ role }) => role).join(', ')],
    ['Changed', ({ modified }) => (modified ? { text: 'yes', colour: 'yellow' } : '')],
    ['Grants', ({ grants }) => grants.map(shortGrant).join('; ')],
  ],
  details: (set) => [
    ['Ref', set.ref],
    ['Label', set.label ?? ''],
    ['Description', set.description ?? ''],
    ['Roles', set.roles.map(({ role }) => role).join(', ')],
    ['Changed since its pack was loaded', set.modified ? 'yes' : 'no'],
  ],
  sections: ({ grants }) => [{ title: 'Grants', value: grants }],
}

/** `rules: read update`, with a star where constraints narrow it. */
function shortGrant(grant: JsonObject): string {
  const narrowed = Object.keys(row(grant.constraints ?? {})).length > 0 ? '*' : ''
  return `${text(grant, 'resource')}${narrowed}: ${texts(grant, 'actions').join(' ')}`
}

/** A permission set as the server sent it; there is no route for one. */
export async function findSet(client: Client, ref: string): Promise<{ set: PermissionSet; sent: unknown }> {
  const all = await client.get('/api/v1/permissions/sets')
  const sent = (Array.isArray(all) ? all : []).find((one) => permissionSets.read(one).ref === ref)
  if (sent === undefined)
    throw new Failure('not_found', `There is no permission set '${ref}', or you may not see it.`)
  return { set: permissionSets.read(sent), sent }
}
