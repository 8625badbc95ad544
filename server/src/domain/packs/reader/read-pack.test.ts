import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { PackDefinition } from './pack-definition.ts'
import type { PackProblem } from '../yaml/findings.ts'
import { readPack } from './read-pack.ts'

const made: string[] = []

afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true })
})

/** A directory with these files; programs are empty. */
async function given(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'read-pack-'))
  made.push(dir)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return dir
}

const manifest = 'ref: depot\nlabel: Depot\nversion: 0.2.0\n'

const depot = {
  'pack.yaml':
    'ref: depot\nlabel: Depot\nversion: 0.2.0\ndependencies: ["core@>=1.0.0"]\nconf_schema: {folder: {type: string, default: inbox}}\n',
  'triggers/parcel_arrived.yaml':
    'ref: depot.parcel_arrived\nparameters: {suffix: {type: string, default: .csv}}\noutput: {name: {type: string, required: true}}\n',
  'sensors/folder_watch.yaml':
    'ref: depot.folder_watch\nrunner_type: python\nruntime_version: ">=3.11"\nentry_point: folder_watch.py\ntrigger_types: [parcel_arrived]\n',
  'sensors/folder_watch.py': '',
  'actions/weigh.yaml':
    'ref: depot.weigh\nentry_point: weigh.sh\nparameter_format: dotenv\noutput_format: json\nparameters:\n  name: {type: string, required: true}\n  api_key: {type: string, secret: true}\noutput: {grams: {type: integer}}\n',
  'actions/weigh.sh': '',
  'rules/weigh_new.yaml':
    'ref: weigh_new\ntrigger_ref: parcel_arrived\naction_ref: weigh\nconditions: [{field: name, operator: contains, value: ".csv"}]\ntrigger_params: {suffix: .csv}\naction_params: {name: "{{ event.payload.name }}"}\n',
}

async function read(files: Record<string, string>): Promise<PackDefinition> {
  const outcome = await readPack(await given(files))
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems))
  return outcome.pack
}

async function problemsOf(files: Record<string, string>): Promise<PackProblem[]> {
  const outcome = await readPack(await given(files))
  return 'problems' in outcome ? outcome.problems : []
}

/** The problems of a pack that is right but for these files, as `file:line field message`. */
async function complaints(files: Record<string, string>): Promise<string[]> {
  const problems = await problemsOf({ ...depot, ...files })
  return problems.map(({ file, line, field, message }) => `${file}:${line ?? ''} ${field}: ${message}`)
}

describe('a pack', () => {
  test('becomes columns with their defaults, and short refs get the name of the pack', async () => {
    const pack = await read(depot)

    expect(pack).toMatchObject({
      ref: 'depot',
      label: 'Depot',
      version: '0.2.0',
      description: null,
      dependencies: ['core@>=1.0.0'],
      conf_schema: { folder: { type: 'string', default: 'inbox' } },
      config: {},
      is_standard: false,
      warnings: [],
    })
    expect(pack.triggers).toMatchObject([
      {
        file: 'triggers/parcel_arrived.yaml',
        ref: 'depot.parcel_arrived',
        label: 'Parcel Arrived',
        enabled: true,
      },
    ])
    expect(pack.sensors).toMatchObject([
      {
        ref: 'depot.folder_watch',
        runtime_ref: 'core.python',
        runtime_version_constraint: '>=3.11',
        entrypoint: 'folder_watch.py',
        trigger_refs: ['depot.parcel_arrived'],
        control: 'restart',
        enabled: true,
        config: {},
      },
    ])
    expect(pack.actions).toMatchObject([
      {
        ref: 'depot.weigh',
        label: 'Weigh',
        runtime_ref: 'core.shell',
        entrypoint: 'weigh.sh',
        parameter_delivery: 'stdin',
        parameter_format: 'dotenv',
        output_format: 'json',
        param_schema: { api_key: { secret: true } },
        out_schema: { grams: { type: 'integer' } },
        timeout_seconds: null,
        max_retries: 0,
        worker_tolerations: [],
        default_execution_permission_set_refs: [],
      },
    ])
    expect(pack.rules).toMatchObject([
      {
        ref: 'depot.weigh_new',
        trigger_ref: 'depot.parcel_arrived',
        action_ref: 'depot.weigh',
        conditions: [{ field: 'name', operator: 'contains', value: '.csv' }],
        permission_set_refs: null,
        enabled: true,
      },
    ])
  })

  test('may use either spelling of a key, and the first one wins', async () => {
    const pack = await read({
      'pack.yaml':
        'ref: depot\nname: Second\nlabel: First\nversion: 1.0.0\nconfig_schema: {a: {type: string}}\nmetadata: {x: 1}\nkeywords: [k, 5]\nis_standard: true\n',
      'actions/a.yaml': 'entry_point: actions/a.py\ntimeout: 5\noutput_schema: {n: {type: integer}}\n',
      'actions/a.py': '',
      'rules/r.yaml': 'trigger_ref: core.intervaltimer\naction_ref: a\npermission_set_ref: " core.viewer "\n',
    })

    expect(pack).toMatchObject({
      label: 'First',
      conf_schema: { a: {} },
      meta: { x: 1 },
      tags: ['k'],
      is_standard: true,
    })
    expect(pack.actions).toMatchObject([
      {
        ref: 'depot.a',
        entrypoint: 'a.py',
        runtime_ref: 'core.python',
        timeout_seconds: 5,
        out_schema: { n: {} },
      },
    ])
    expect(pack.rules).toMatchObject([{ ref: 'depot.r', permission_set_refs: ['core.viewer'] }])
  })

  test('has its components in the order of their file names, from .yaml and .yml, not from below', async () => {
    const { triggers } = await read({
      'pack.yaml': manifest,
      'triggers/b.yml': 'description: x\n',
      'triggers/c.yaml': 'name: first\n',
      'triggers/d.yaml': 'name: A Name For People\n',
      'triggers/a.yaml': 'label: Own\n',
      'triggers/.hidden.yaml': 'ref: 5\n',
      'triggers/deep/d.yaml': 'ref: 5\n',
      'triggers/notes.txt': 'no',
    })

    expect(triggers.map(({ ref, label }) => [ref, label])).toEqual([
      ['depot.a', 'Own'],
      ['depot.b', 'B'],
      ['depot.first', 'First'],
      ['depot.d', 'D'],
    ])
  })

  test('warns about keys that nobody reads, with the one that was meant', async () => {
    const { warnings } = await read({
      ...depot,
      'actions/weigh.yaml':
        'ref: depot.weigh\nentrypoint: x\nentry_point: weigh.sh\nparamters: {}\nzebra: 1\n',
      'runtimes/x.yaml': 'execution_config:\n  interpreter: {binary: x, arg: []}\n',
      'action/y.yaml': 'ref: depot.y\n',
    })

    expect(warnings).toEqual([
      "runtimes/x.yaml:2: the key 'arg' is not known and is ignored; did you mean 'args'?",
      "actions/weigh.yaml:2: the key 'entrypoint' is not known and is ignored; did you mean 'entry_point'?",
      "actions/weigh.yaml:4: the key 'paramters' is not known and is ignored; did you mean 'parameters'?",
      "actions/weigh.yaml:5: the key 'zebra' is not known and is ignored",
      'action/: is not read; did you mean actions/?',
    ])
  })

  test('warns about a native program that may not be executed', async () => {
    const dir = await given({
      ...depot,
      'sensors/w.yaml': 'entry_point: w\ntrigger_type: core.x\n',
      'sensors/w': '',
    })
    const before = await readPack(dir)
    await chmod(join(dir, 'sensors/w'), 0o755)
    const after = await readPack(dir)

    expect('pack' in before && before.pack.warnings).toEqual([
      'sensors/w.yaml:1: sensors/w is not executable; a native program has to be',
    ])
    expect('pack' in after && after.pack.warnings).toEqual([])
  })
})

describe('runtimes', () => {
  test('are found by the names of the shipped ones, and by ref, name and alias of the pack itself', async () => {
    const types = [
      'Bash',
      'python3',
      'Node.js',
      'builtin',
      'depot.lua',
      'Lua 5',
      'luajit',
      'cobol',
      'other.thing',
    ]
    const pack = await read({
      'pack.yaml': manifest,
      'runtimes/lua.yaml':
        'name: Lua 5\naliases: [LuaJIT]\nexecution_config: {interpreter: {binary: lua}, env_vars: {A: x, B: {value: y, operation: append}}}\n',
      ...Object.fromEntries(
        types.flatMap((type, index) => [
          [`actions/a${index}.yaml`, `runner_type: ${type}\nentry_point: x\n`],
          ['actions/x', ''],
        ]),
      ),
    })

    expect(pack.actions.map(({ runtime_ref }) => runtime_ref)).toEqual([
      'core.shell',
      'core.python',
      'core.nodejs',
      'core.native',
      'depot.lua',
      'depot.lua',
      'depot.lua',
      'cobol',
      'other.thing',
    ])
    expect(pack.runtimes).toMatchObject([
      { ref: 'depot.lua', name: 'Lua 5', aliases: ['luajit'], versions: null },
    ])
  })

  test('have versions whose numbers are taken apart', async () => {
    const { runtimes } = await read({
      'pack.yaml': manifest,
      'runtimes/x.yaml':
        'versions: [{version: "3.12", is_default: true}, {version: "20"}, {version: v1.2.3}]\n',
    })

    expect(runtimes[0]?.versions).toMatchObject([
      { version: '3.12', version_major: 3, version_minor: 12, version_patch: null, is_default: true },
      { version: '20', version_major: 20, version_minor: null, version_patch: null, is_default: false },
      { version: 'v1.2.3', version_major: 1, version_minor: 2, version_patch: 3 },
    ])
  })

  test('are refused with a wrong configuration, at its line', async () => {
    const file = 'runtimes/x.yaml'
    expect(
      await complaints({
        [file]:
          'execution_config:\n  interpreter: {args: []}\n  inline_execution: {strategy: magic}\nversions:\n  - version: 3.1\n',
      }),
    ).toEqual([
      `${file}:2 execution_config.interpreter.binary: is required; give it a value`,
      `${file}:3 execution_config.inline_execution.strategy: must be one of "direct", "temp_file"`,
      `${file}:5 versions[0].version: must be a string, not a number; put it in quotes`,
    ])
    expect(
      await complaints({
        [file]:
          'distributions: {verification: {commands: [{binary: x, pattern: "(?=x)"}]}}\nexecution_config:\n  env_vars: {ATTUNE_X: a, "a b": c}\nversions:\n  - {version: "1", is_default: true}\n  - {version: "1", is_default: true}\n',
      }),
    ).toEqual([
      expect.stringMatching(
        /^runtimes\/x\.yaml:1 distributions\.verification\.commands\[0\]\.pattern: is not a usable/,
      ),
      `${file}:3 execution_config.env_vars.ATTUNE_X: begins with ATTUNE_, which is reserved for the platform`,
      `${file}:3 execution_config.env_vars["a b"]: is not a name of an environment variable`,
      `${file}:6 versions[1].version: is listed twice`,
      `${file}:4 versions: has several defaults; leave is_default to one of them`,
    ])
  })
})

describe('everything wrong is said at once', () => {
  test('across files, with line and field, and nothing is defined', async () => {
    expect(
      await complaints({
        'actions/weigh.yaml':
          'ref: other.weigh\nentry_point: gone.sh\nparameter_delivery: env\nparameters:\n  name:\n    type: strnig\n',
        'triggers/bad.yaml': 'a: [1,\nb: 2\n',
        'rules/none.yaml': 'ref: none\ntrigger_ref: parcel_arrived\n',
        'queues/q.yaml': 'ref: depot.q\n',
        'workflows/w.yaml': 'version: 1.0.0\n',
        'actions/workflows/w.workflow.yaml': 'version: 1.0.0\n',
        'policies/p.yaml': 'ref: depot.p\n',
      }),
    ).toEqual([
      expect.stringMatching(/^triggers\/bad\.yaml:2 : .*\(line 2, column 1\)$/),
      'actions/weigh.yaml:3 parameter_delivery: must be one of "stdin", "file"',
      'rules/none.yaml:1 action_ref: is required; give it a value',
      'queues/q.yaml: : work queue files are not supported by this version',
      'policies/p.yaml: : policy files are not supported by this version',
      'workflows/w.yaml: : workflow files are not supported by this version',
      'actions/workflows/w.workflow.yaml: : workflow files are not supported by this version',
    ])
  })

  test.each<[string, Record<string, string>, (string | RegExp)[]]>([
    [
      'a ref outside the pack',
      { 'triggers/t.yaml': '# one\nref: core.t\n' },
      ["triggers/t.yaml:2 ref: must begin with 'depot.', the pack that the file belongs to"],
    ],
    [
      'a ref that is none',
      { 'triggers/t.yaml': 'ref: depot.Big One\n', 'triggers/x.y.yaml': 'description: x\n' },
      [
        /^triggers\/t\.yaml:1 ref: 'depot\.Big One' cannot be a ref/,
        /^triggers\/x\.y\.yaml:1 ref: 'depot\.x\.y' cannot be a ref; give the file a key `ref`/,
      ],
    ],
    [
      'two files with one ref',
      { 'triggers/z.yaml': 'ref: depot.parcel_arrived\n' },
      ["triggers/z.yaml:1 ref: 'depot.parcel_arrived' is also the ref of triggers/parcel_arrived.yaml"],
    ],
    [
      'an entry point that does not exist',
      { 'actions/a.yaml': 'entry_point: gone.sh\n' },
      ['actions/a.yaml:1 entry_point: names actions/gone.sh, which does not exist'],
    ],
    [
      'an entry point that is a directory, missing, elsewhere or an address',
      {
        'actions/a.yaml': 'entry_point: sub\n',
        'actions/b.yaml': 'description: x\n',
        'actions/c.yaml': 'entry_point: ../sensors/folder_watch.py\n',
        'actions/d.yaml': 'entry_point: /bin/sh\n',
        'sensors/e.yaml': 'entry_point: internal://timer\ntrigger_type: core.x\n',
        'actions/sub/x': '',
      },
      [
        'actions/a.yaml:1 entry_point: names actions/sub, which is not a file',
        'actions/b.yaml:1 entry_point: is required; name a file in actions/',
        "actions/c.yaml:1 entry_point: must be a path below actions/, such as 'send.sh'",
        "actions/d.yaml:1 entry_point: must be a path below actions/, such as 'send.sh'",
        'sensors/e.yaml:1 entry_point: must be a file of the pack, not an address',
      ],
    ],
    [
      'a workflow',
      { 'actions/w.yaml': 'workflow_file: workflows/w.workflow.yaml\n' },
      ['actions/w.yaml:1 workflow_file: workflow files are not supported by this version'],
    ],
    [
      'parameter schemas that do not work',
      { 'triggers/t.yaml': 'parameters:\n  a:\n    type: integer\n    default: x\n' },
      [/^triggers\/t\.yaml:4 parameters\.a\.default: must be an integer/],
    ],
    [
      'targets in the pack that are not there',
      {
        'rules/r.yaml': 'trigger_ref: gone\naction_ref: depot.gone\n',
        'sensors/s.yaml': 'entry_point: folder_watch.py\ntrigger_types: [parcel_arrived, gone]\n',
      },
      [
        "rules/r.yaml:1 trigger_ref: names the trigger 'depot.gone', which this pack does not have",
        "sensors/s.yaml:2 trigger_types: names the trigger 'depot.gone', which this pack does not have",
        "rules/r.yaml:2 action_ref: names the action 'depot.gone', which this pack does not have",
        "sensors/s.yaml:2 trigger_types: 'depot.parcel_arrived' already belongs to the sensor 'depot.folder_watch'",
      ],
    ],
    [
      'wrong types and numbers out of range',
      {
        'actions/weigh.yaml':
          'entry_point: weigh.sh\ntimeout_seconds: 0\nlog_retention_policy: weeks\nruntime_version: 3.12\nenabled: maybe\nworker_selector: {gpu: true}\n',
      },
      [
        'actions/weigh.yaml:2 timeout_seconds: must be at least 1',
        'actions/weigh.yaml:3 log_retention_policy: must be one of "versions", "days", "hours", "minutes"',
        'actions/weigh.yaml:4 runtime_version: must be a string, not a number; put it in quotes',
        'actions/weigh.yaml:6 worker_selector.gpu: must be a string, not a boolean; put it in quotes',
      ],
    ],
    [
      'a placement that would place nowhere',
      {
        'actions/weigh.yaml':
          'entry_point: weigh.sh\nworker_selector: {gpu: " "}\nworker_affinity: {requierd: []}\nworker_tolerations: [{key: a, operator: is}]\n',
      },
      [
        /^actions\/weigh\.yaml:2 worker_selector\.gpu: must match the pattern/,
        /^actions\/weigh\.yaml:3 worker_affinity\.requierd: is not/,
        /^actions\/weigh\.yaml:4 worker_tolerations\[0\]\.operator: must be one of "equal", "exists"/,
      ],
    ],
    [
      'version constraints that nobody understands',
      {
        'actions/weigh.yaml':
          'entry_point: weigh.sh\nruntime_version: latest\nrequired_worker_runtimes: {python: newest}\n',
      },
      [
        /^actions\/weigh\.yaml:2 runtime_version: must be a version constraint/,
        /^actions\/weigh\.yaml:3 required_worker_runtimes\.python: must be a version constraint/,
      ],
    ],
    [
      'grants without a resource',
      { 'permission_sets/p.yaml': 'grants:\n  - resource: packs\n    actions: []\n  - actions: [read]\n' },
      [
        'permission_sets/p.yaml:4 grants[1].resource: is required; give it a value',
        'permission_sets/p.yaml:3 grants[0].actions: must have at least 1 item',
      ],
    ],
  ])('%s', async (_, files, expected) => {
    const said = await complaints(files)

    expect(said.toSorted()).toEqual(
      expected
        .map((text) =>
          typeof text === 'string' ? text : (said.find((one) => text.test(one)) ?? text.source),
        )
        .toSorted(),
    )
  })
})

describe('the manifest', () => {
  test.each<[string, string, string]>([
    ['has a ref', 'version: 1.0.0\n', 'pack.yaml:1 ref: is required; give it a value'],
    ['has a version', 'ref: depot\n', 'pack.yaml:1 version: is required; give it a value'],
    [
      'has a version that is text',
      'ref: depot\nversion: 1.0\n',
      'pack.yaml:2 version: must be a string, not a number; put it in quotes',
    ],
    [
      'has a semantic version',
      'ref: depot\nversion: "1.0"\n',
      "pack.yaml:2 version: '1.0' is not a semantic version such as 1.0.0",
    ],
    [
      'has dependencies that can be read',
      'ref: depot\nversion: 1.0.0\ndependencies:\n  - core\n  - core@soon\n',
      "pack.yaml:5 dependencies[1]: 'core@soon' is not of the form ref or ref@range",
    ],
    [
      'does not depend on itself',
      'ref: depot\nversion: 1.0.0\ndependencies: [depot]\n',
      'pack.yaml:3 dependencies[0]: is the pack itself',
    ],
    [
      'has runtime dependencies that can be read',
      'ref: depot\nversion: 1.0.0\nruntime_deps: [python>=3.8, "python maybe"]\n',
      "pack.yaml:3 runtime_deps[1]: 'python maybe' is not of the form name or name>=version",
    ],
    [
      'has a test section of the right form',
      'ref: depot\nversion: 1.0.0\ntesting:\n  enabled: true\n  runners:\n    unit: {type: jest, entry_point: x}\n',
      'pack.yaml:6 testing.runners.unit.type: must be one of "script", "unittest", "pytest"',
    ],
    [
      'has test programs that are there',
      'ref: depot\nversion: 1.0.0\ntesting:\n  enabled: true\n  runners:\n    unit: {type: script, entry_point: t.sh}\n',
      'pack.yaml:6 testing.runners.unit.entry_point: names t.sh, which does not exist',
    ],
    [
      'has test programs of its own',
      'ref: depot\nversion: 1.0.0\ntesting:\n  enabled: true\n  runners:\n    unit: {type: pytest, entry_point: ../x}\n',
      'pack.yaml:6 testing.runners.unit.entry_point: must be a path below the pack',
    ],
    [
      'has a configuration that fits its schema',
      'ref: depot\nversion: 1.0.0\nconf_schema: {size: {type: integer}}\nconfig:\n  size: big\n',
      'pack.yaml:5 config.size: must be an integer, not a string',
    ],
    ['is not empty', '', 'pack.yaml: : must be a mapping of keys to values'],
    ['is a mapping', '- a\n', 'pack.yaml: : must be a mapping of keys to values'],
    [
      'is one document',
      'ref: depot\n---\nref: b\n',
      'pack.yaml:2 : holds several YAML documents; split it (line 2, column 1)',
    ],
    [
      'knows its aliases',
      'ref: *x\n',
      'pack.yaml: : Unresolved alias (the anchor must be set before the alias): x',
    ],
    [
      'has no key twice, however deep',
      'ref: a\nmeta:\n  b: 1\n  c: [{b: 1, b: 2}]\n',
      "pack.yaml:4 : gives the key 'b' twice",
    ],
    [
      'has no number that would be another one',
      'ref: a\nconfig:\n  id: 12345678901234567890\n',
      'pack.yaml:3 : holds the number 12345678901234567890, which has more digits than can be kept; put it in quotes',
    ],
    [
      'has no number beyond all bounds',
      'ref: a\nconfig: [1, 1e400]\n',
      'pack.yaml:2 : holds the number 1e400, which has more digits than can be kept; put it in quotes',
    ],
    [
      'has no merge key',
      'ref: a\nmeta: &m {b: 1}\nconfig:\n  <<: *m\n',
      "pack.yaml:4 : holds the merge key '<<', which is not supported; write the keys out, or put it in quotes",
    ],
    [
      'is JSON in the end',
      'ref: depot\nmeta: {x: .inf}\n',
      'pack.yaml: : holds the number Infinity, which JSON does not know',
    ],
    [
      'can be stored',
      'ref: depot\ndescription: "a\\0b"\n',
      'pack.yaml: : holds a NUL or a broken character; remove it',
    ],
  ])('%s', async (_, content, expected) => {
    const problems = await problemsOf({ 'pack.yaml': content })

    expect(
      problems.map(({ file, line, field, message }) => `${file}:${line ?? ''} ${field}: ${message}`),
    ).toEqual([expected])
  })

  test.each(['actions/weigh.sh', 'lib/deep/common.bash', 'tests/run.sh'])(
    'has no shell script with line ends of Windows, such as %s',
    async (file) => {
      const problems = await problemsOf({ 'pack.yaml': manifest, [file]: '#!/bin/sh\necho a\r\necho b\r\n' })

      expect(problems).toEqual([
        { file, field: '', line: 2, message: expect.stringContaining('save it with LF') },
      ])
    },
  )

  test('may have other files with them, and a return within a line of a script', async () => {
    const files = { 'a.py': 'print()\r\n', 'b.txt': 'x\r\n', 'c.sh': "printf '%s' 'a\rb'\n", 'd.sh': '' }

    expect(await problemsOf({ 'pack.yaml': manifest, ...files })).toEqual([])
  })

  test('carries its test section in the order of the file', async () => {
    const { testing } = await read({
      'pack.yaml': `${manifest}testing:\n  enabled: true\n  runners:\n    z: {type: script, entry_point: t.sh, timeout: 60}\n    a: {type: pytest, entry_point: tests, result_format: junit}\n  on_failure: warn\n`,
      't.sh': '',
    })

    expect(testing).toEqual({
      enabled: true,
      runners: [
        {
          name: 'z',
          type: 'script',
          entry_point: 't.sh',
          timeout: 60,
          result_format: 'simple',
          result_path: null,
        },
        {
          name: 'a',
          type: 'pytest',
          entry_point: 'tests',
          timeout: 300,
          result_format: 'junit',
          result_path: '.attune-junit.xml',
        },
      ],
      min_pass_rate: 1,
      on_failure: 'warn',
    })
  })
})

describe('a hostile pack', () => {
  test('cannot multiply values with aliases, nest without end or be too large', async () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g']
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[index]}`).join(', ')}]`)
      .join('\n')}\n`
    const said = await complaints({
      'triggers/a.yaml': bomb,
      'triggers/b.yaml': `meta: ${'['.repeat(75)}${']'.repeat(75)}\n`,
      'triggers/c.yaml': `description: ${'x'.repeat(1024 * 1024)}\n`,
      'triggers/d.yaml': '['.repeat(100_000),
      'triggers/e.yaml': '- '.repeat(100_000),
      'triggers/f.yaml': '? '.repeat(100_000),
      'triggers/g.yaml': Array.from({ length: 50_000 }, (_, index) => `key_${index}: 1`).join('\n'),
      'triggers/h.yaml': `a: &a 1\n${Array.from({ length: 200 }, (_, index) => `b${index}: *a`).join('\n')}`,
      'triggers/i.yaml': ']'.repeat(20_000),
    })

    expect(said).toEqual([
      expect.stringMatching(/^triggers\/a\.yaml: : (Excessive alias count|holds too many values)/),
      'triggers/b.yaml: : is nested too deeply; at most 64 levels are allowed',
      'triggers/c.yaml: : is too large; at most 1048576 bytes are allowed',
      'triggers/d.yaml: : is nested too deeply',
      'triggers/e.yaml: : is nested too deeply',
      'triggers/f.yaml: : is nested too deeply',
      'triggers/g.yaml: : holds too many values; split it',
      'triggers/h.yaml: : holds too many aliases; at most 100 are allowed',
      expect.stringMatching(/^triggers\/i\.yaml:1 : .*\(line 1, column 1\)$/),
    ])
  }, 60_000)

  test('cannot give its objects another prototype', async () => {
    const pack = await read({ 'pack.yaml': `${manifest}meta: {__proto__: {polluted: true}}\n` })

    expect(Object.getPrototypeOf(pack.meta)).toBe(Object.prototype)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test('cannot lead out of its directory by links, nor hold what is no file', async () => {
    const dir = await given(depot)
    const elsewhere = await given({ 'secret.sh': '' })
    await symlink(join(elsewhere, 'secret.sh'), join(dir, 'actions/out.sh'))
    await symlink(elsewhere, join(dir, 'lib'))
    await symlink('nowhere', join(dir, 'actions/broken.sh'))

    const outcome = await readPack(dir)

    expect('problems' in outcome && outcome.problems).toEqual([
      { file: 'actions/broken.sh', field: '', message: 'is a link that leads nowhere; remove it' },
      { file: 'actions/out.sh', field: '', message: 'is a link that leads out of the pack; remove it' },
      { file: 'lib', field: '', message: 'is a link that leads out of the pack; remove it' },
    ])
  })

  test('may have links inside, but no program behind one that leaves its folder', async () => {
    const dir = await given({
      ...depot,
      'actions/a.yaml': 'entry_point: a.sh\n',
      'actions/b.yaml': 'entry_point: b.sh\n',
      'lib/b.sh': '',
    })
    await symlink('weigh.sh', join(dir, 'actions/a.sh'))
    await symlink('../lib/b.sh', join(dir, 'actions/b.sh'))

    const outcome = await readPack(dir)

    expect('problems' in outcome && outcome.problems).toEqual([
      {
        file: 'actions/b.yaml',
        line: 1,
        column: 1,
        field: 'entry_point',
        message: 'names actions/b.sh, which leads out of actions/',
      },
    ])
  })
})

test('a directory that is none, or has no manifest, is said to be so', async () => {
  expect(await readPack('/no/such/directory')).toMatchObject({
    problems: [{ message: expect.stringContaining('is not a directory') }],
  })
  expect(await problemsOf({ 'readme.md': '' })).toEqual([
    { file: 'pack.yaml', field: '', message: 'does not exist; every pack has one' },
  ])
})

test.each(['core', 'examples'])('the shipped pack %s has no problems and no warnings', async (name) => {
  const outcome = await readPack(join(import.meta.dirname, '../../../../../packs', name))

  expect(outcome).toMatchObject({ pack: { ref: name, warnings: [] } })
})
