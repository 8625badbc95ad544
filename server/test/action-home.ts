import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ActionRunner,
  type ActionRunnerOptions,
  createActionRunner,
  type RunRequest,
} from '../src/action-runner/run.ts'
import type { JsonObject } from '../src/json.ts'

/** Configs as the core pack has them. */
export const shell = {
  name: 'Shell',
  execution_config: {
    interpreter: { binary: '/bin/bash', args: [], file_extension: '.sh' },
    inline_execution: { strategy: 'temp_file', extension: '.sh', inject_shell_helpers: true },
  },
}
export const python = {
  name: 'Python',
  execution_config: {
    interpreter: { binary: 'python3', args: ['-u'], file_extension: '.py' },
    environment: { env_type: 'virtualenv', dir_name: '.venv', interpreter_path: '{env_dir}/bin/python3' },
    env_vars: { PYTHONPATH: { value: '{pack_dir}/lib', operation: 'prepend', separator: ':' } },
  },
}
export const native = { name: 'Native', execution_config: {} }

type Action = Partial<RunRequest['action']>
type Overrides = Partial<Omit<RunRequest, 'action'>> & { action?: Action }

/** Folders of a worker and a runner over them; stop() removes everything. */
export class ActionHome {
  readonly root = mkdtempSync(join(tmpdir(), 'attune-actions-'))
  readonly logged: string[] = []
  /** Names the private folders of the worker. */
  instance = 'worker-1'
  readonly #options: Partial<ActionRunnerOptions>
  #runner: ActionRunner | undefined
  #last = 0

  constructor(options: Partial<ActionRunnerOptions> = {}) {
    this.#options = options
    for (const name of ['packs/p/actions', 'envs', 'artifacts', 'work'])
      mkdirSync(join(this.root, name), { recursive: true })
  }

  get options(): ActionRunnerOptions {
    return {
      packs_base_dir: join(this.root, 'packs'),
      runtime_envs_dir: join(this.root, 'envs'),
      artifacts_dir: join(this.root, 'artifacts'),
      work_dir: join(this.root, 'work'),
      api_url: 'http://127.0.0.1:8080',
      max_stdout_bytes: 10 * 1024 * 1024,
      max_stderr_bytes: 10 * 1024 * 1024,
      env_passthrough: [],
      spawners: 1,
      instance: this.instance,
      log: (message) => this.logged.push(message),
      ...this.#options,
    }
  }

  get runner(): ActionRunner {
    if (this.#runner === undefined) throw new Error('start() comes first')
    return this.#runner
  }

  async start(): Promise<this> {
    this.#runner = await createActionRunner(this.options)
    return this
  }

  async stop(): Promise<void> {
    await this.#runner?.stop(0)
    rmSync(this.root, { recursive: true, force: true })
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  /** Writes a file of pack `p` below its actions. */
  file(name: string, content: string | Uint8Array, mode = 0o644): void {
    writeFileSync(this.path('packs/p/actions', name), content)
    chmodSync(this.path('packs/p/actions', name), mode)
  }

  /** A request for inline shell code. */
  inline(code: string, overrides: Overrides = {}): RunRequest {
    return this.request({ ...overrides, action: { entrypoint: code, is_adhoc: true, ...overrides.action } })
  }

  request({ action, ...overrides }: Overrides): RunRequest {
    this.#last += 1
    return {
      execution_id: this.#last,
      attempt: 1,
      action: {
        ref: 'p.test',
        pack_ref: 'p',
        entrypoint: 'test.sh',
        is_adhoc: false,
        parameter_delivery: 'stdin',
        parameter_format: 'json',
        output_format: 'text',
        success_exit_codes: [0],
        accepted_env_vars: [],
        ...action,
      },
      runtime: shell,
      parameters: {},
      timeout_seconds: 30,
      ...overrides,
    }
  }

  /** Runs inline shell code and returns how it ended. */
  run(code: string, overrides: Overrides = {}) {
    return this.runner.run(this.inline(code, overrides))
  }

  /** The result of inline shell code. */
  async result(code: string, overrides: Overrides = {}): Promise<JsonObject> {
    return (await this.run(code, overrides)).result
  }
}
