import type { Command } from 'commander'
import { removal } from '../definition/remove.ts'
import type { Shell } from '../shell.ts'

/** `attune sensor delete REF` */
export function sensorDelete(shell: Shell): Command {
  return removal(shell, 'sensor', 'stop and delete a sensor', 'demo.watch_folder')
}
