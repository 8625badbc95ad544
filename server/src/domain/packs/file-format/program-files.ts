import type { Static } from 'typebox'
import { action } from '../../definition/action/action.ts'
import { documentation, naming, text, textOrTexts } from '../../definition/form/file-key.ts'
import { sensor } from '../../definition/sensor/sensor.ts'
import { componentFile } from './component-file.ts'

const program = {
  runner_type: text('The runtime: shell, python, nodejs, native, or the ref, name or alias of another one.'),
  entry_point: text('The program, a file beside this one.'),
}

/** `actions/*.yaml` */
export const ActionFile = componentFile('An action', action.fields, {
  ...naming,
  ...program,
  workflow_file: text('The graph of a workflow, a path below actions/.'),
  enabled: documentation,
  tags: documentation,
  examples: documentation,
})
export type ActionFile = Static<typeof ActionFile>

/** `sensors/*.yaml` */
export const SensorFile = componentFile('A sensor', sensor.fields, {
  ...naming,
  ...program,
  trigger_types: textOrTexts('The triggers that the sensor fires.'),
  trigger_type: textOrTexts('Another spelling of trigger_types.'),
  poll_interval: documentation,
  meta: documentation,
  tags: documentation,
  examples: documentation,
})
export type SensorFile = Static<typeof SensorFile>
