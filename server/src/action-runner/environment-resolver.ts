import type { Id } from '../id.ts'
import type { Json } from '../json.ts'

/** What of an action decides by which version of its runtime it runs, and which environments of its pack it needs. */
export type EnvironmentNeed = {
  /** The same for the same pack, runtime and wishes, and another one when any of them is changed. */
  key: string
  pack: Id<'pack'>
  pack_ref: string
  /** Where the pack's files are, when that is not the folder of its ref below the packs folder. */
  pack_dir: string | undefined
  runtime: Id<'runtime'>
  constraint: string | null
  required: Json
}

/** What an action runs in. */
export type ResolvedEnvironment =
  /** It runs by the runtime as it is: its pack asks for no dependencies. */
  | { kind: 'none' }
  | {
      kind: 'ready'
      /** The environment of its pack; undefined where only a version was chosen. */
      env_dir: string | undefined
      /** Replaces the runtime's own config. */
      version: { version: string; execution_config: Json; cache_key: string } | undefined
    }
  | { kind: 'refused'; error: string }

export const noEnvironment: ResolvedEnvironment = { kind: 'none' }

/** Whoever knows which environments there are, and has them built. */
export type EnvironmentResolver = {
  /** At once where it is known; else once environments are looked at or built, which may take minutes. */
  resolve(need: EnvironmentNeed): ResolvedEnvironment | Promise<ResolvedEnvironment>
  /** What was said to be ready is not there any more. */
  lost(need: EnvironmentNeed): void
}
