import { answerOf } from '@attune/client/dist/answer.js'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { Api } from '@attune/client/dist/api.js'
import { Failure } from '../failure.ts'
import { nonNegativeNumber } from '../input.ts'
import type { Shell } from '../shell.ts'
import { environments, isUnsettled } from './environments.ts'

const pauseMs = 500

type Options = { force?: boolean; wait?: boolean; timeout: number }

/** `attune pack build REF` */
export function packBuild(shell: Shell): Command {
  return new Command('build')
    .description('have the workers build the environments of a pack; with --wait exits 1 when one fails')
    .argument('<ref>', 'pack, like demo')
    .option('-f, --force', 'make them anew although their manifests have not changed')
    .option('--wait', 'wait until they are ready or have failed')
    .option('--timeout <seconds>', 'how long --wait waits, 0 for ever', nonNegativeNumber('a timeout'), 900)
    .action(async (ref: string, { force = false, wait = false, timeout }: Options) => {
      const { client, out } = await shell.open()
      const body = { pack_refs: [ref], force_rebuild: force }
      const { data } = await answerOf(client.POST('/api/v1/packs/build-envs', { body }))
      const asked = data.environments
      if (asked.length === 0)
        out.warn(
          `No worker that is there needs an environment for pack ${ref}: it has no manifest for a runtime.`,
        )
      const states = wait
        ? await settled(client, ref, { timeoutMs: timeout * 1000, signal: shell.terminal.signal })
        : asked
      out.list(states, environments)
      if (wait && states.some(({ status }) => status === 'failed')) shell.finish('failed')
    })
}

type Wait = { timeoutMs: number; signal: AbortSignal }

async function settled(
  client: Api,
  ref: string,
  { timeoutMs, signal }: Wait,
): Promise<Schemas['PackEnvironmentState'][]> {
  const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  for (;;) {
    const { data: states } = await answerOf(
      client.GET('/api/v1/packs/{ref}/environments', {
        params: { path: { ref }, query: { per_page: 1000 } },
      }),
    )
    if (!states.some(isUnsettled)) return states
    if (performance.now() >= deadline)
      throw new Failure(
        'wait_timed_out',
        `Not all environments of pack ${ref} are built after ${timeoutMs / 1000} seconds. Look again with: attune pack environments ${ref}.`,
      )
    await sleep(pauseMs, undefined, { signal })
  }
}
