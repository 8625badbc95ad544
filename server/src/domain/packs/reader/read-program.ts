import { action } from '../../definition/action/action.ts'
import { sensor } from '../../definition/sensor/sensor.ts'
import { type Component, fieldColumns, namedColumns, refColumn, textList } from './columns.ts'
import type { ActionFile, SensorFile } from '../file-format/program-files.ts'
import { complain, warn } from '../yaml/findings.ts'
import type { ActionDefinition, RuntimeDefinition, SensorDefinition } from './pack-definition.ts'
import { programFile, warnUnlessExecutable } from './entry-point.ts'
import { guessRunner, runtimeRef } from './runner.ts'

export async function readAction(
  component: Component<ActionFile>,
  runtimes: readonly RuntimeDefinition[],
): Promise<ActionDefinition> {
  const { content } = component
  if (content.workflow_file !== undefined) refuseWorkflow(component)
  const runner = content.runner_type ?? guessRunner(content.entry_point ?? '')
  return {
    ...fieldColumns(component, action.fields),
    ...namedColumns(component),
    ...(await programColumns(component, 'actions', runtimeRef(runner, runtimes))),
  }
}

export async function readSensor(
  component: Component<SensorFile>,
  runtimes: readonly RuntimeDefinition[],
): Promise<SensorDefinition> {
  const { content } = component
  return {
    ...fieldColumns(component, sensor.fields),
    ...namedColumns(component),
    ...(await programColumns(component, 'sensors', runtimeRef(content.runner_type ?? 'native', runtimes))),
    trigger_refs: triggerRefs(component),
  }
}

function refuseWorkflow({ reading, source }: Component<ActionFile>): void {
  complain(reading.findings, source, ['workflow_file'], 'workflow files are not supported by this version')
}

type ProgramKeys = { entry_point?: string; workflow_file?: string }

async function programColumns(
  component: Component<ProgramKeys>,
  folder: 'actions' | 'sensors',
  runtime_ref: string,
) {
  const { reading, source, content } = component
  const { tree, findings } = reading
  if (content.workflow_file !== undefined) return { runtime_ref, entrypoint: content.workflow_file }
  const entrypoint = await programFile(tree, source, { folder, entryPoint: content.entry_point }, findings)
  if (runtime_ref === 'core.native') {
    warnUnlessExecutable(tree, source, `${folder}/${entrypoint}`, findings)
  }
  return { runtime_ref, entrypoint }
}

function triggerRefs(component: Component<SensorFile>): string[] {
  const { reading, source, content } = component
  const field = content.trigger_types === undefined ? 'trigger_type' : 'trigger_types'
  const refs = textList(content.trigger_types, content.trigger_type) ?? []
  if (refs.length === 0)
    warn(reading.findings, source, [], 'the sensor serves no trigger, so it never starts')
  return [...new Set(refs.map((ref) => refColumn(component, field, ref)))]
}
