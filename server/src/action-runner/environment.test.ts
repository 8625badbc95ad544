import { describe, expect, test } from 'vitest'
import { withRuntimeVariables } from '../domain/definition/runtime/variables.ts'
import { actionEnvironment, type EnvironmentInput, inheritedEnvironment, passwordsIn } from './environment.ts'

const input: EnvironmentInput = {
  execution_id: 7,
  action_ref: 'p.test',
  pack_ref: 'p',
  api_url: 'http://127.0.0.1:8080',
  artifacts_dir: '/a',
  runtime_envs_dir: '/e',
  parameter_delivery: 'stdin',
  parameter_format: 'json',
  parameter_file: undefined,
  parameters: {},
  env_vars: {},
  accepted_env_vars: [],
  api_token_file: undefined,
  rule_ref: undefined,
  trigger_ref: undefined,
  isSecret: () => false,
}

test('only the listed variables of the worker are inherited', () => {
  const env = {
    PATH: '/bin',
    LC_ALL: 'C',
    HTTPS_PROXY: 'p',
    DATABASE_URL: 'secret',
    ATTUNE__SECURITY__JWT_SECRET: 's',
    MY_VAR: '1',
    EMPTY: undefined,
  }

  expect(inheritedEnvironment(env, ['MY_VAR', 'EMPTY'])).toEqual({
    PATH: '/bin',
    LC_ALL: 'C',
    HTTPS_PROXY: 'p',
    MY_VAR: '1',
  })
})

test('the password of a proxy is known, as it is written and as it is meant', () => {
  const env = {
    HTTPS_PROXY: 'http://bot:pa%24s@proxy:3128',
    no_proxy: 'localhost',
    TZ: 'UTC',
    all_proxy: 'x://a@b',
  }

  expect(passwordsIn(env)).toEqual(['pa%24s', 'pa$s'])
  expect(passwordsIn({ HTTP_PROXY: 'http://bot:%E0%A4@proxy' })).toEqual(['%E0%A4'])
})

test('an execution started by hand without permissions has these variables', () => {
  expect(actionEnvironment(input)).toEqual({
    ATTUNE_EXEC_ID: '7',
    ATTUNE_ACTION: 'p.test',
    ATTUNE_PACK_REF: 'p',
    ATTUNE_API_URL: 'http://127.0.0.1:8080',
    ATTUNE_ARTIFACTS_DIR: '/a',
    ATTUNE_RUNTIME_ENVS_DIR: '/e',
    ATTUNE_PARAMETER_DELIVERY: 'stdin',
    ATTUNE_PARAMETER_FORMAT: 'json',
  })
})

test('rule, trigger, token and parameter file are there when they are given', () => {
  const given = {
    rule_ref: 'p.r',
    trigger_ref: 'p.t',
    api_token_file: '/private/token',
    parameter_file: '/f',
  }

  expect(actionEnvironment({ ...input, ...given })).toMatchObject({
    ATTUNE_RULE: 'p.r',
    ATTUNE_TRIGGER: 'p.t',
    ATTUNE_API_TOKEN_FILE: '/private/token',
    ATTUNE_PARAMETER_FILE: '/f',
  })
})

test('chosen variables are set where the action declares them, and none steers or overrides the platform', () => {
  const env = actionEnvironment({
    ...input,
    env_vars: { DEBUG: '1', LEVEL: '2', ATTUNE_EXEC_ID: '9', LD_PRELOAD: 'x', N: 1 },
    accepted_env_vars: ['DEBUG', 'ATTUNE_EXEC_ID', 'LD_PRELOAD', 'N'],
  })

  expect(env).toMatchObject({ DEBUG: '1', ATTUNE_EXEC_ID: '7' })
  expect(env).not.toHaveProperty('LEVEL')
  expect(env).not.toHaveProperty('LD_PRELOAD')
  expect(env).not.toHaveProperty('N')
})

test('members of the parameter context are variables, except secrets and names that are none', () => {
  const context = { run_id: 7, name: 'x', deep: { a: [1] }, 'a-b': 1, token: 'hush' }

  const env = actionEnvironment({
    ...input,
    parameters: { context },
    isSecret: (text) => text.includes('hush'),
  })

  expect(Object.entries(env).filter(([name]) => name.startsWith('ATTUNE_CONTEXT_'))).toEqual([
    ['ATTUNE_CONTEXT_RUN_ID', '7'],
    ['ATTUNE_CONTEXT_NAME', 'x'],
    ['ATTUNE_CONTEXT_DEEP', '{"a":[1]}'],
  ])
})

describe('variables of a runtime', () => {
  const set = (value: string) => ({ value, operation: 'set', separator: ':' }) as const

  test('join with what is inherited; an empty side adds no separator', () => {
    const env = withRuntimeVariables(
      { OWN: 'o' },
      { PYTHONPATH: '/inherited' },
      {
        PYTHONPATH: { value: '{pack_dir}/lib', operation: 'prepend', separator: ':' },
        OWN: { value: 'x', operation: 'append', separator: ';' },
        NEW: { value: 'n', operation: 'prepend', separator: ':' },
        GONE: set(''),
      },
      (text) => text.replace('{pack_dir}', '/packs/p'),
    )

    expect(env).toEqual({ OWN: 'o;x', PYTHONPATH: '/packs/p/lib:/inherited', NEW: 'n', GONE: '' })
  })

  test('may replace inherited and chosen variables but nothing of the platform', () => {
    const env = withRuntimeVariables(
      { A: '1', ATTUNE_EXEC_ID: '7' },
      {},
      { A: set('2'), PATH: set('/x'), ATTUNE_EXEC_ID: set('9') },
      (text) => text,
    )

    expect(env).toEqual({ A: '2', PATH: '/x', ATTUNE_EXEC_ID: '7' })
  })
})
