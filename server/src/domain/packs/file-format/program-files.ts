import { type Static, Type } from 'typebox'
import {
  choice,
  count,
  documentation,
  flag,
  mapping,
  naming,
  object,
  parameters,
  placement,
  retention,
  text,
  texts,
  textOrTexts,
} from './fields.ts'

const program = {
  runner_type: text('The runtime: shell, python, nodejs, native, or the ref, name or alias of another one.'),
  entry_point: text('The program, a file beside this one.'),
  runtime_version: text('A version constraint, such as ">=3.11".'),
}

/** `actions/*.yaml` */
export const ActionFile = Type.Object(
  {
    ...naming,
    ...program,
    workflow_file: text('The graph of a workflow, a path below actions/.'),
    parameters: parameters('What the action takes.'),
    output: parameters('What it returns.'),
    output_schema: parameters('Another spelling of output.'),
    parameter_delivery: choice(['stdin', 'file'], 'How the program gets its parameters; stdin when missing.'),
    parameter_format: choice(['json', 'dotenv', 'yaml'], 'In which form; json when missing.'),
    output_format: choice(['text', 'json', 'yaml', 'jsonl'], 'What it prints; text when missing.'),
    timeout_seconds: count('When the program is stopped.', 1),
    timeout: count('Another spelling of timeout_seconds.', 1),
    max_retries: count('How often a failed execution is tried again; 0 when missing.', 0),
    required_worker_runtimes: Type.Optional({
      ...mapping(Type.String()),
      description: 'Other runtimes that the worker must offer, each with a version constraint.',
    }),
    ...placement,
    ...retention,
    accesses_mcp: flag('The program talks to the platform through MCP.'),
    default_execution_permission_set_refs: texts(
      'What the program may do with the API; no token when missing.',
    ),
    accepted_env_vars: texts('Environment variables that whoever starts it may choose; none when missing.'),
    key_refs: texts('Keys of the system that it gets; none when missing.'),
    enabled: documentation,
    tags: documentation,
    examples: documentation,
  },
  { title: 'An action' },
)
export type ActionFile = Static<typeof ActionFile>

/** `sensors/*.yaml` */
export const SensorFile = Type.Object(
  {
    ...naming,
    ...program,
    enabled: flag('true when missing.'),
    control: choice(
      ['stdin', 'restart'],
      'How the program learns of rule changes: JSON lines on its standard input, or by being restarted.',
    ),
    trigger_types: textOrTexts('The triggers that the sensor fires.'),
    trigger_type: textOrTexts('Another spelling of trigger_types.'),
    parameters: parameters('What the sensor takes.'),
    config: object('Given to the program in ATTUNE_SENSOR_CONFIG.'),
    ...placement,
    ...retention,
    poll_interval: documentation,
    meta: documentation,
    tags: documentation,
    examples: documentation,
  },
  { title: 'A sensor' },
)
export type SensorFile = Static<typeof SensorFile>
