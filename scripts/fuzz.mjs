// `npm run test:fuzz -- --seed N --seconds S`: asks every route of the API with what its own document describes.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string', default: '60' } },
})
const root = join(import.meta.dirname, '..')
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const { status } = spawnSync(process.execPath, [vitest, 'run', 'server/test/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ATTUNE_FUZZ_SECONDS: values.seconds,
    ...(values.seed === undefined ? {} : { ATTUNE_FUZZ_SEED: values.seed }),
  },
})
process.exit(status ?? 1)
