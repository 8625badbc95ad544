import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, switchingOf, writingOf } from '../definition/commands.ts'
import { trueOrFalse } from '../input.ts'
import { lifetime, type SummaryOrDetail, type View, yesNo } from '../output/view.ts'

export const sensors: View<SummaryOrDetail<Schemas['SensorSummary'], Schemas['SensorDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Description', ({ description }) => description, 'list'],
    ['Runtime', ({ runtime_ref }) => runtime_ref ?? null, 'details'],
    ['Entry Point', ({ entrypoint }) => entrypoint ?? null, 'details'],
    [
      'When rules change',
      ({ control }) => (control === 'stdin' ? 'it is told' : 'it is restarted'),
      'details',
    ],
    ...lifetime,
  ],
  sections: ({ param_schema }) => [{ title: 'Parameters', value: param_schema ?? undefined }],
}

const sensor = {
  kind: 'sensor',
  plural: 'sensors',
  example: 'demo.watch_folder',
  view: sensors,
  filters: [
    ofPack('sensors'),
    {
      flags: '-e, --enabled <true|false>',
      says: 'only sensors that are enabled, or that are not',
      field: 'enabled',
      as: { parse: trueOrFalse },
    },
  ],
  get: { says: 'show a sensor', example: 'core.interval_timer_sensor' },
  flags: [
    { flags: '--entrypoint <file>', says: "file in the pack's sensors/", field: 'entrypoint' },
    {
      flags: '--param-schema <json>',
      says: 'schema of its parameters as JSON, or @file',
      field: 'param_schema',
      as: 'object',
    },
  ],
  create: {
    says: 'create a sensor: a program of a pack that reports events of a trigger',
    only: [
      { flags: '-t, --trigger <ref>', says: 'trigger that it serves from now on', field: 'trigger_ref' },
      { flags: '--runtime <ref>', says: 'runtime, like core.python', field: 'runtime_ref' },
      { flags: '--disabled', says: 'create it switched off', field: 'enabled', as: { value: false } },
    ],
    needs: [
      ['trigger_ref', 'Name its trigger with --trigger.'],
      ['runtime_ref', 'Name its runtime with --runtime.'],
      ['entrypoint', 'Name its program with --entrypoint.'],
    ],
  },
  update: {
    says: 'change a sensor, which starts anew; what is not given stays',
    clearable: ['param_schema'],
  },
  remove: 'stop and delete a sensor',
  switches: {
    enable: 'let a sensor run again',
    disable: 'stop a sensor; its triggers and rules stay as they are',
  },
} as const

export const sensorCommands = { ...commandsOf(sensor), ...writingOf(sensor), ...switchingOf(sensor) }
