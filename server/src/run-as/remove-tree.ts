import { spawn, spawnSync } from 'node:child_process'
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes a folder that lies where only we may write, with what accounts have made in it. What is theirs is removed as
 * them: they may still be at work there, and root that goes by a path can be led elsewhere by a link that was a folder
 * a moment ago.
 */
export function removeTree(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) return unlinkSync(path)
  if (process.getuid?.() === 0 && found.uid !== 0) removeAs(path, found)
  else for (const name of readdirSync(path)) removeTree(join(path, name))
  rmdirSync(path)
}

/** The same beside whatever else goes on. What cannot be removed is left to whoever removes what lies around it. */
export function removeTreeSoon(path: string): void {
  const owner = lstatSync(path, { throwIfNoEntry: false })
  if (owner === undefined) return
  const child = spawn('/bin/sh', ['-c', SCRIPT, path], { ...asOwner(owner), stdio: 'ignore' })
  child.on('error', () => undefined)
  child.on('exit', () => {
    try {
      removeTree(path)
    } catch {
      // Something in it refuses to go.
    }
  })
}

/** The folder itself stays: it lies in one of ours. */
function removeAs(path: string, owner: { uid: number; gid: number }): void {
  spawnSync('/bin/sh', ['-c', SCRIPT, path], { ...asOwner(owner), stdio: 'ignore' })
}

/** Whoever closed a folder to themselves opens it first. */
const SCRIPT = 'chmod -R u+rwX -- "$0"; exec rm -rf -- "$0"'

function asOwner({ uid, gid }: { uid: number; gid: number }) {
  const another = process.getuid?.() === 0 && uid !== 0
  return { ...(another ? { uid, gid } : {}), cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin' } }
}
