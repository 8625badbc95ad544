import type { Command } from 'commander'
import { removal } from '../definition/remove.ts'
import type { Shell } from '../shell.ts'

/** `attune runtime delete REF` */
export function runtimeDelete(shell: Shell): Command {
  return removal(shell, 'runtime', 'delete a runtime; the sensors that run by it go too', 'demo.lua')
}
