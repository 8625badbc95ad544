import { randomUUID } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { type Document, isMap, parseDocument } from 'yaml'
import { Failure } from './failure.ts'
import { ifThere } from './if-there.ts'
import { isJsonObject, type JsonObject } from './json.ts'

/** One server and one identity on it, as kept in the config file. */
export type Profile = {
  api_url: string
  username?: string
  auth_token?: string
  refresh_token?: string
}

export type Config = {
  /** The profile that is used when none is named. */
  profile: string
  format: string | undefined
  profiles: ReadonlyMap<string, Profile>
}

export const defaultProfile = 'default'
export const defaultUrl = 'http://localhost:8080'

/** Where the config file is: `$XDG_CONFIG_HOME/attune/config.yaml`, else the platform's place for it. */
export function configFile(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  return join(configHome(env, platform), 'attune', 'config.yaml')
}

function configHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = env.HOME ?? homedir()
  if (env.XDG_CONFIG_HOME !== undefined && isAbsolute(env.XDG_CONFIG_HOME)) return env.XDG_CONFIG_HOME
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env.APPDATA ?? join(home, 'AppData', 'Roaming')
  return join(home, '.config')
}

/** Reads the config file; a missing one reads as an empty one. */
export async function readConfig(file: string): Promise<Config> {
  const root: unknown = (await readDocument(file)).toJS() ?? {}
  if (!isJsonObject(root)) throw new Failure('usage', `${file} must hold a map of settings.`)
  const profiles = isJsonObject(root.profiles) ? Object.entries(root.profiles) : []
  return {
    profile: textIn(root, 'profile') ?? textIn(root, 'current_profile') ?? defaultProfile,
    format: textIn(root, 'format') ?? textIn(root, 'default_output_format'),
    profiles: new Map(profiles.map(([name, value]) => [name, readProfile(isJsonObject(value) ? value : {})])),
  }
}

function readProfile(value: JsonObject): Profile {
  const profile: Profile = { api_url: textIn(value, 'api_url') ?? defaultUrl }
  for (const key of ['username', 'auth_token', 'refresh_token'] as const) {
    const found = textIn(value, key)
    if (found !== undefined) profile[key] = found
  }
  return profile
}

function textIn(value: JsonObject, key: string): string | undefined {
  const found = value[key]
  return typeof found === 'string' && found !== '' ? found : undefined
}

/**
 * Sets keys of one profile; `undefined` removes a key. Other profiles, unknown keys and comments stay.
 * The file is read again right before it is replaced, so that two commands lose nothing of each other
 * unless they write in the same instant.
 */
export async function saveProfile(
  file: string,
  name: string,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const document = await readDocument(file)
  for (const path of [['profiles'], ['profiles', name]]) {
    if (!isMap(document.getIn(path))) document.setIn(path, document.createNode({}))
  }
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) document.deleteIn(['profiles', name, key])
    else document.setIn(['profiles', name, key], value)
  }
  await replaceFile(file, document.toString({ lineWidth: 0 }))
}

async function readDocument(file: string): Promise<Document> {
  const document: Document = parseDocument(await readIfThere(file))
  const [error] = document.errors
  if (error !== undefined) throw new Failure('usage', `${file} is not valid YAML: ${error.message}`)
  return document
}

async function readIfThere(file: string): Promise<string> {
  try {
    return (await ifThere(readFile(file, 'utf8'))) ?? ''
  } catch (error) {
    throw new Failure('usage', `Cannot read ${file}: ${reasonOf(error)}.`)
  }
}

/**
 * Tokens live in this file: nobody else may read it, not for a moment, and a crash leaves either the old or
 * the new content. A linked file is replaced where it really is.
 */
async function replaceFile(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const target = (await ifThere(realpath(file))) ?? file
    await replaceWith(target, content)
  } catch (error) {
    throw new Failure('usage', `Cannot write ${file}: ${reasonOf(error)}.`)
  }
}

async function replaceWith(target: string, content: string): Promise<void> {
  const temporary = `${target}.${randomUUID()}`
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: 0o600, flush: true })
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
