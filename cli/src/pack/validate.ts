import { resolve } from 'node:path'
import { Command } from 'commander'
import { visible } from '../output/escape.ts'
import type { Output } from '../output/output.ts'
import type { Shell } from '../shell.ts'

type Options = { strict?: boolean }
type Finding = { file: string; line?: number; column?: number; field: string; message: string }

/** `attune pack validate PATH`: the reader of the server, without a server. */
export function packValidate(shell: Shell): Command {
  return new Command('validate')
    .description('check every file of a pack, without a server; exits 1 when something is wrong')
    .argument('[path]', 'folder with pack.yaml', '.')
    .option('--strict', 'warnings count as errors')
    .action(async (path: string, { strict = false }: Options) => {
      const { out } = await shell.prepare()
      const { validatePack } = await import('@attune/server/dist/domain/packs/reader/validate.js')
      const { ref, version, problems, warnings } = await validatePack(resolve(path))
      const valid = problems.length === 0 && (!strict || warnings.length === 0)
      if (!valid) shell.finish('failed')
      if (out.format !== 'table') return out.value({ ref, version, valid, problems, warnings })
      say(out, problems, 'error')
      say(out, warnings, strict ? 'error' : 'warning')
      if (valid)
        return out.notice(`Pack ${ref} ${version} is valid${countOf(warnings.length, 'warning', ', with ')}.`)
      const count = problems.length + (strict ? warnings.length : 0)
      out.warn(`The pack in ${path} is not valid:${countOf(count, 'problem', ' ')}.`)
    })
}

function say(out: Output, findings: readonly Finding[], kind: 'error' | 'warning'): void {
  for (const finding of findings) out.log(`${lineOf(finding, kind)}\n`)
}

/** As compilers write it, so that editors can jump there. */
function lineOf({ file, line, column, field, message }: Finding, kind: string): string {
  const place = [file === '' ? 'pack' : file, line, column].filter((part) => part !== undefined).join(':')
  return visible(`${place}: ${kind}: ${field === '' ? '' : `${field}: `}${message}`)
}

function countOf(count: number, what: string, before: string): string {
  if (count === 0) return ''
  return `${before}${count} ${what}${count === 1 ? '' : 's'}`
}
