import { complain, type Findings, type YamlSource } from '../yaml/findings.ts'

const packForm = /^[a-z][a-z0-9_-]+$/
const componentForm = /^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$/

export function isPackRef(text: string): boolean {
  return packForm.test(text)
}

export function isComponentRef(text: string): boolean {
  return componentForm.test(text)
}

/** Inside a pack, its name can be left out. */
export function qualify(packRef: string, ref: string): string {
  return ref.includes('.') ? ref : `${packRef}.${ref}`
}

/** `core.http_request` → `Http Request` */
export function labelOf(ref: string): string {
  const words = ref.slice(ref.indexOf('.') + 1).split(/[_-]+/)
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}

/**
 * The ref of a component: its `ref`, else its `name` where that has the form of one, else its file name, in the
 * namespace of the pack.
 */
export function componentRef(
  packRef: string,
  source: YamlSource,
  named: { ref?: string; name?: string },
  findings: Findings,
): string {
  const { ref: given, name } = named
  const part = name !== undefined && isComponentRef(`${packRef}.${name}`) ? name : stemOf(source.file)
  const ref = given === undefined ? `${packRef}.${part}` : qualify(packRef, given)
  if (!isComponentRef(ref)) {
    const remedy =
      given === undefined ? 'give the file a key `ref`' : 'use a-z, 0-9, _ and - behind a first letter'
    complain(findings, source, ['ref'], `'${ref}' cannot be a ref; ${remedy}`)
  } else if (!ref.startsWith(`${packRef}.`)) {
    complain(findings, source, ['ref'], `must begin with '${packRef}.', the pack that the file belongs to`)
  }
  return ref
}

/** A ref to something that may belong to another pack. */
export function targetRef(
  packRef: string,
  source: YamlSource,
  [field, ref]: readonly [field: string, ref: string],
  findings: Findings,
): string {
  const full = qualify(packRef, ref.trim())
  if (!isComponentRef(full)) {
    complain(findings, source, [field], `'${full}' is not a ref such as '${packRef}.name'`)
  }
  return full
}

function stemOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '')
}
