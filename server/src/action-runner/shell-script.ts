import type { Json } from '../json.ts'
import { plainText, shellQuoted } from './input.ts'

/**
 * Names that a shell or the programs it starts give a meaning to. Input of such a name is found under its
 * `PARAM_` form only, so that a parameter called PATH does not take the commands away from the script.
 */
const SPECIAL = new Set(
  `_ BASH BASHOPTS BASHPID BASH_ENV BASH_COMMAND BASH_REMATCH BASH_SOURCE BASH_VERSINFO BASH_VERSION CDPATH COLUMNS
   COMP_WORDBREAKS DIRSTACK ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FIGNORE FUNCNAME FUNCNEST GLOBIGNORE GROUPS
   HISTCMD HISTFILE HISTSIZE HOME HOSTNAME HOSTTYPE IFS IGNOREEOF LANG LINENO LINES LOGNAME MACHTYPE MAILPATH MAPFILE
   OLDPWD OPTARG OPTERR OPTIND OSTYPE PATH PIPESTATUS POSIXLY_CORRECT PPID PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 PWD RANDOM
   READLINE_LINE REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM TIMEFORMAT TMOUT TMPDIR TZ UID USER`.split(
    /\s+/,
  ),
)

export type ShellInput = {
  /** The code of the action. */
  code: string
  parameters: Readonly<Record<string, Json>>
  keys: Readonly<Record<string, Json>>
  /** Names in the environment of the process: a variable that is exported already would carry the value on. */
  exported: ReadonlySet<string>
}

/**
 * Inline shell code with its input defined as plain variables `PARAM_<NAME>` and `<name>`. They are not
 * exported: programs that the script starts do not see them. Of two names that become one variable the first
 * wins, parameters before keys, each in sorted order.
 */
export function shellScript({ code, parameters, keys, exported }: ShellInput): string {
  const lines = ['#!/bin/bash', 'set -e']
  const taken = new Set<string>()
  for (const [name, value] of [...sortedEntries(parameters), ...sortedEntries(keys)]) {
    const id = identifier(name)
    const word = shellQuoted(plainText(value).replaceAll('\0', '\uFFFD'))
    for (const variable of [`PARAM_${id.toUpperCase()}`, id]) {
      if (taken.has(variable) || !isFree(variable, exported)) continue
      taken.add(variable)
      lines.push(`${variable}=${word}`)
    }
  }
  return `${lines.join('\n')}\n${code}`
}

/** A name as a shell variable: other characters and a leading digit become underscores. */
export function identifier(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^\d/, '_') || '_'
}

function isFree(variable: string, exported: ReadonlySet<string>): boolean {
  return !exported.has(variable) && !SPECIAL.has(variable) && !/^(?:LC_|LD_|BASH_)/.test(variable)
}

function sortedEntries(values: Readonly<Record<string, Json>>): [string, Json][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
}
