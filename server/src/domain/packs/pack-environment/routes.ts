import { Type } from 'typebox'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { read, type Route, write } from '../../../http/route.ts'
import * as packs from '../../definition/pack/queries.ts'
import { readable } from '../../definition/pack/visibility.ts'
import { EnvironmentDetail } from './pack-environment.ts'
import * as environments from './queries.ts'
import { BuildRequest, BuildStates, requestBuild, warningsFor } from './request-build.ts'

const common = { tag: 'packs', tokens: ['access', 'execution'], scoped: true } as const

/** The dependency environments of packs: how they are, and having them built. */
export function packEnvironmentRoutes({ packs_base_dir }: { packs_base_dir: string }): Route[] {
  return [listRoute, buildRoute(packs_base_dir)]
}

const listRoute = read({
  ...common,
  method: 'GET',
  path: '/api/v1/packs/{ref}/environments',
  summary: 'The environments of a pack on the disks of the workers',
  description:
    'One for each runtime that its actions and sensors need and that it has a manifest for. The log is the end of what ' +
    'the commands said.',
  access: ['packs', 'read'],
  params: Type.Object({ ref: Type.String() }),
  query: Type.Object(pageQuery),
  success: { 200: listOf(EnvironmentDetail) },
  refusals: [404],
  async handle({ db, caller, params: { ref }, query }) {
    const { id } = readable(caller, await packs.findByRef(db, ref), ref)
    return answerPage(query, (page) => environments.list(db, id, page))
  },
})

function buildRoute(packs_base_dir: string): Route {
  return write({
    ...common,
    method: 'POST',
    path: '/api/v1/packs/build-envs',
    summary: 'Have the environments of packs built',
    description:
      'Workers build behind the answer, which says how the environments are now; look at the environments of a pack to ' +
      'see them become ready or failed. What failed is tried again, what is ready stays unless a rebuild is forced.',
    access: ['packs', 'configure'],
    body: BuildRequest,
    success: {
      200: Type.Object({ data: BuildStates, warnings: Type.Optional(Type.Array(Type.String())) }),
    },
    refusals: [404],
    async handle({ tx, body, ...by }) {
      const data = await requestBuild(tx, body, { by, packs_base_dir })
      const warnings = warningsFor(body)
      return warnings.length > 0 ? { data, warnings } : { data }
    },
  })
}
