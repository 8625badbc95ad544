import { describe, expect, test } from 'vitest'
import { checkEnvVars } from './env-vars.ts'

describe('env_vars of an execution', () => {
  test.each([
    'PATH',
    'LD_LIBRARY_PATH',
    'ATTUNE_API_TOKEN',
    'BASH_ENV',
    'ENV',
    'IFS',
    '1A',
    'a-b',
    'A=B',
    'BASH_FUNC_ls%%',
    '',
  ])('may not name %j', (name) => {
    expect(checkEnvVars({ [name]: 'x' })).toEqual([
      { field: `env_vars.${name}`, message: expect.any(String) },
    ])
  })

  test('must be text without NUL', () => {
    expect(
      checkEnvVars({ A: 1, B: null, C: 'a\0', D: 'good', HTTP_PROXY: '' }).map(({ field }) => field),
    ).toEqual(['env_vars.A', 'env_vars.B', 'env_vars.C'])
  })
})
