import { dataOf } from '@attune/client/dist/answer.js'
import type { Api } from '@attune/client/dist/api.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Failure } from '../failure.ts'
import { yesNo, type View } from '../output/view.ts'

type PermissionSet = Schemas['PermissionSetDetail']

export const permissionSets: View<PermissionSet> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Label', ({ label }) => label],
    ['Description', ({ description }) => description, 'details'],
    ['Roles', ({ roles }) => roles.map(({ role }) => role).join(', ')],
    ['Changed', ({ modified }) => (modified ? { text: 'yes', colour: 'yellow' } : ''), 'list'],
    ['Changed since its pack was loaded', ({ modified }) => yesNo(modified), 'details'],
    ['Grants', ({ grants }) => grants.map(shortGrant).join('; '), 'list'],
  ],
  sections: ({ grants }) => [{ title: 'Grants', value: grants }],
}

/** `rules: read update`, with a star where constraints narrow it. */
function shortGrant({ resource, actions, constraints }: Schemas['Grant']): string {
  const narrowed = Object.keys(constraints ?? {}).length > 0 ? '*' : ''
  return `${resource}${narrowed}: ${actions.join(' ')}`
}

/** A permission set by its ref; there is no route for one. */
export async function findSet(client: Api, ref: string): Promise<PermissionSet> {
  const all = await dataOf(client.GET('/api/v1/permissions/sets'))
  const found = all.find((one) => one.ref === ref)
  if (found === undefined)
    throw new Failure('not_found', `There is no permission set '${ref}', or you may not see it.`)
  return found
}
