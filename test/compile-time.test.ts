import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './source.ts'

/*
 * The mistakes that the compiler must refuse, each made once in a copy of the server. The founding one, a
 * publisher and a consumer that disagree about the exchange, cannot even be written: see messages.test.ts.
 */

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

/** A file of the server with one mistake in it, or a new file that is one. */
type Mistake = { what: string; complaint: RegExp } & (
  | { of: string; change: [RegExp, string] }
  | { code: string }
)

/** A move of executions, written beside those of the flow. */
function moving(call: string): string {
  return `import type { Transaction } from '../database/database.ts'
      import { sql } from '../database/sql.ts'
      import { finish, move } from '../domain/flow/execution/move.ts'
      declare const tx: Transaction
      const set = sql\`result = null\`
      export const moved = [() => ${call}, finish, tx]`
}

const mistakes: readonly Mistake[] = [
  {
    what: 'a message that no queue takes',
    of: 'messages/queues.ts',
    change: [/\n {2}executionCompleted: \{[^}]*\},/, ''],
    complaint: /'ExecutionCompleted' is missing/,
  },
  {
    what: 'a service that leaves out a message of its queues',
    of: 'services/executor.ts',
    change: [/ExecutionCompleted: \w+/, ''],
    complaint: /'ExecutionCompleted' is missing/,
  },
  {
    what: 'a service that leaves out a whole queue',
    of: 'services/executor.ts',
    change: [/\n *executionCompleted: \{[^}]*\},/, ''],
    complaint: /'executionCompleted' is missing/,
  },
  {
    what: 'a handler of another message',
    of: 'services/executor.ts',
    change: [/EnforcementCreated: \w+/, 'EnforcementCreated: resultsToNext'],
    complaint: /is not assignable to type 'Handler<"EnforcementCreated">'/,
  },
  {
    what: 'an event id where an execution id is due',
    code: `import type { Id } from '../id.ts'
      declare const event: Id<'event'>
      export const execution: Id<'execution'> = event`,
    complaint: /Id<"event">' is not assignable to type 'Id<"execution">/,
  },
  {
    what: 'a dispatch that does not name its worker',
    code: `import type { Id } from '../id.ts'
      import type { Payload } from '../messages/messages.ts'
      declare const execution_id: Id<'execution'>
      export const dispatch: Payload<'ExecutionDispatched'> = {
        execution_id, action_ref: 'a.b', scheduled_attempt_updated_at: '' }`,
    complaint: /'worker_id' is missing/,
  },
  {
    what: 'a message that is published outside a transaction',
    code: `import type { Database } from '../database/database.ts'
      import { publish } from '../messages/publish.ts'
      declare const database: Database
      export const said = publish(database, 'RuleDisabled', [])`,
    complaint: /'Database' is missing the following properties from type 'Transaction'/,
  },
  {
    what: 'a message that is not in the table',
    code: `import type { Transaction } from '../database/database.ts'
      import { publish } from '../messages/publish.ts'
      declare const tx: Transaction
      export const said = publish(tx, 'ExecutionImagined', [])`,
    complaint: /'"ExecutionImagined"' is not assignable/,
  },
  {
    what: 'a publisher that chooses an exchange',
    code: `import type { NewMessage } from '../messages/publish.ts'
      declare const saying: NewMessage<'RuleDisabled'>
      export const routed: NewMessage<'RuleDisabled'> = { ...saying, exchange: 'attune.executions' }`,
    complaint: /'exchange' does not exist/,
  },
  {
    what: 'a handler that relies on a field for readers outside',
    code: `import type { Handler } from '../messages/consume.ts'
      export const handler: Handler<'EnforcementCreated'> = async (_, batch) =>
        void batch.map((message) => message.payload)`,
    complaint: /'payload' does not exist/,
  },
  {
    what: 'a worker that schedules',
    code: moving(`move(['requested', 'scheduled', 'worker'], { set })`),
    complaint: /'"requested"' is not assignable|'"scheduled"' is not assignable/,
  },
  {
    what: 'a step that starts where it is not declared to',
    code: moving(`move([['scheduled', 'requested'], 'running', 'worker'], { set })`),
    complaint: /'"requested"' is not assignable to type '"scheduled"'/,
  },
  {
    what: 'a step out of an end',
    code: moving(`move(['completed', 'requested', 'executor'], { set })`),
    complaint: /'"completed"' is not assignable to type '.*From<"executor", "requested">/,
  },
  {
    what: 'an end that is not said',
    code: moving(`move(['running', 'completed', 'worker'], { set })`),
    complaint: /'"completed"' is not assignable/,
  },
  {
    what: 'ends of which one is not declared from everywhere',
    code: moving(`finish(tx, ['canceling', ['cancelled', 'abandoned'], 'executor'], { set })`),
    complaint: /Type '(string|"canceling")' is not assignable to type '(readonly )?never/,
  },
]

/** Beside the file that it changes, so that its imports lead to the same places; new ones have a folder of their own. */
const placeOf = (mistake: Mistake, index: number) =>
  `${'of' in mistake ? dirname(mistake.of) : 'mistakes'}/mistake-${index}.ts`

function textOf(mistake: Mistake): string {
  if ('code' in mistake) return mistake.code
  const text = readFileSync(join(root, 'server', 'src', mistake.of), 'utf8')
  const changed = text.replace(...mistake.change)
  if (changed === text)
    throw new Error(`${mistake.of} has nothing like ${mistake.change[0]}; the mistake cannot be made`)
  return changed
}

let copy: string
let complaints: string[]

/** One copy and one run of the compiler for all of them. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'attune-mistakes-'))
  const source = join(copy, 'src')
  cpSync(join(root, 'server', 'src'), source, { recursive: true })
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ type: 'module' }))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  mkdirSync(join(source, 'mistakes'))
  mistakes.forEach((mistake, index) => writeFileSync(join(source, placeOf(mistake, index)), textOf(mistake)))
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'))
  const options = {
    ...compilerOptions,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    noUnusedLocals: false,
  }
  const files = ['services/executor.ts', ...mistakes.map(placeOf)].map((path) => `src/${path}`)
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }))
  const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', copy, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: copy,
  })
  if (error) throw error
  // A complaint is one line and, further in, what leads to it.
  complaints = stdout.split(/\n(?=\S)/).map((complaint) => complaint.trim())
}, 120_000)

afterAll(() => rmSync(copy, { recursive: true, force: true }))

test.each(mistakes.map((mistake, index) => ({ ...mistake, place: placeOf(mistake, index) })))(
  'does not compile: $what',
  ({ place, complaint }) => {
    expect(complaints.filter((text) => text.startsWith(`src/${place}(`))).toContainEqual(
      expect.stringMatching(complaint),
    )
  },
)

test('everything else does compile', () => {
  const places = mistakes.map((mistake, index) => `src/${placeOf(mistake, index)}(`)

  expect(complaints.filter((text) => text !== '' && !places.some((place) => text.startsWith(place)))).toEqual(
    [],
  )
})
