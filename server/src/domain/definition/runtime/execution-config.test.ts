import { expect, test } from 'vitest'
import { fillTemplate, parseExecutionConfig } from './execution-config.ts'

test('an empty config gets every default', () => {
  expect(parseExecutionConfig({})).toEqual({
    config: {
      interpreter: { binary: '', args: [], file_extension: undefined },
      inline_execution: { strategy: 'direct', extension: '', inject_shell_helpers: false },
      environment: undefined,
      dependencies: undefined,
      env_vars: {},
    },
  })
})

test('a full config is read, unknown keys are ignored', () => {
  const parsed = parseExecutionConfig({
    interpreter: { binary: 'python3', args: ['-u'], file_extension: '.py', colour: 'blue' },
    inline_execution: { strategy: 'temp_file', extension: 'sh', inject_shell_helpers: true },
    environment: {
      env_type: 'virtualenv',
      create_command: ['python3', '-m', 'venv', '{env_dir}'],
      interpreter_path: '{env_dir}/bin/python3',
    },
    dependencies: { manifest_file: 'requirements.txt', install_command: ['pip'] },
    env_vars: { A: 'x', B: { value: 'y', operation: 'append', separator: ';' }, C: { value: 'z' } },
    working_directory: null,
  })

  expect(parsed).toEqual({
    config: {
      interpreter: { binary: 'python3', args: ['-u'], file_extension: '.py' },
      inline_execution: { strategy: 'temp_file', extension: '.sh', inject_shell_helpers: true },
      environment: {
        dir_name: '.venv',
        create_command: ['python3', '-m', 'venv', '{env_dir}'],
        interpreter_path: '{env_dir}/bin/python3',
      },
      dependencies: { manifest_file: 'requirements.txt', install_command: ['pip'] },
      env_vars: {
        A: { value: 'x', operation: 'set', separator: ':' },
        B: { value: 'y', operation: 'append', separator: ';' },
        C: { value: 'z', operation: 'set', separator: ':' },
      },
    },
  })
})

test('an environment of type none is no environment', () => {
  expect(parseExecutionConfig({ environment: { env_type: 'none', interpreter_path: '/x' } })).toMatchObject({
    config: { environment: undefined },
  })
})

test.each([
  [null, 'execution_config'],
  ['text', 'execution_config'],
  [{ interpreter: 'bash' }, 'execution_config.interpreter'],
  [{ interpreter: { args: [1] } }, 'execution_config.interpreter.args.0'],
  [{ inline_execution: { strategy: 'eval' } }, 'execution_config.inline_execution.strategy'],
  [{ env_vars: { A: 1 } }, 'execution_config.env_vars.A'],
])('%j is refused and the field named', (json, field) => {
  const parsed = parseExecutionConfig(json)

  expect('problems' in parsed ? parsed.problems.map((problem) => problem.field) : []).toContain(field)
})

test('templates fill what is known and leave the rest', () => {
  expect(fillTemplate('{env_dir}/bin:{unknown}:{constructor}:{env_dir}', { env_dir: '/e' })).toBe(
    '/e/bin:{unknown}:{constructor}:/e',
  )
})
