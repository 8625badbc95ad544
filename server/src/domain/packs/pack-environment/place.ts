/** Where the environment of a pack for a runtime is, below the folder of environments. */
export function environmentFolder(runtime_ref: string, version: string | undefined): string {
  const name = runtime_ref.split('.').at(-1) ?? runtime_ref
  return version === undefined ? name : `${name}-${version}`
}
