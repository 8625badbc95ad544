import { type Static, Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import {
  choice,
  documentation,
  editorPattern,
  flag,
  mapping,
  object,
  parameters,
  text,
} from '../../definition/form/file-key.ts'

const Runner = Type.Object({
  type: {
    ...oneOf(['script', 'unittest', 'pytest']),
    description: 'script runs the entry point with a shell, the others with the test program of Python.',
  },
  entry_point: Type.String({ minLength: 1, description: 'What is run, a path below the pack.' }),
  timeout: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 3600, description: 'Seconds; 300 when missing.' }),
  ),
  result_format: choice(
    ['simple', 'json', 'junit'],
    'How the runner prints its counts; simple when missing.',
  ),
  result_path: text('The file that the runner writes its counts to, in place of printing them.'),
})

export const TestingSection = Type.Object({
  enabled: Type.Boolean({ description: 'Whether the tests are run at registration.' }),
  discovery: documentation,
  runners: { ...mapping(Runner), description: 'Programs that test the pack, by name, in this order.' },
  min_pass_rate: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The share of the tests that must pass; all when missing.',
    }),
  ),
  on_failure: choice(
    ['block', 'warn'],
    'Whether a pack that fails is refused or only warned about; block when missing.',
  ),
})

const list = (description: string) => Type.Optional(Type.Array(Type.Unknown(), { description }))

/** `pack.yaml`. Of two spellings of a key the first one listed wins. */
export const PackFile = Type.Object(
  {
    ref: Type.String({
      description: 'The name of the pack and of its directory.',
      ...editorPattern(/^[a-z][a-z0-9_-]+$/),
    }),
    label: text('For people; the ref when missing.'),
    name: text('Another spelling of label.'),
    description: text('What the pack is for.'),
    version: Type.String({
      description: 'A semantic version, in quotes or with two dots: 1.0.0.',
      ...editorPattern(/^\d+\.\d+\.\d+([-+].+)?$/),
    }),
    conf_schema: parameters('What an operator can configure.'),
    config_schema: parameters('Another spelling of conf_schema.'),
    config: object('The configuration that a new pack begins with.'),
    meta: object('Anything worth keeping with the pack.'),
    metadata: object('Another spelling of meta.'),
    tags: list('Words to find the pack by.'),
    keywords: list('Another spelling of tags.'),
    runtime_deps: Type.Optional(
      Type.Array(Type.String(), { description: 'Runtimes that the pack needs: name, or name>=version.' }),
    ),
    dependencies: Type.Optional(
      Type.Array(Type.String(), { description: 'Packs that have to be there: ref, or ref@range.' }),
    ),
    system: flag('Ships with the product; believed of those that do.'),
    is_standard: flag('Another spelling of system.'),
    python: text('The least version of Python.'),
    nodejs: text('The least version of Node.js.'),
    testing: Type.Optional({ ...TestingSection, description: 'The tests that the pack brings.' }),
    author: documentation,
    email: documentation,
    homepage: documentation,
    repository: documentation,
    license: documentation,
    enabled: documentation,
  },
  { title: 'pack.yaml' },
)
export type PackFile = Static<typeof PackFile>
