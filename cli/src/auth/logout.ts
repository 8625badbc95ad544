import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { failureOf } from '../failure.ts'
import { saveProfile } from '../profile.ts'
import { requireProfile } from '../settings.ts'
import type { Preparation, Shell } from '../shell.ts'

/** `attune logout`: ends the session of the profile at the server, and forgets it. */
export function logout(shell: Shell): Command {
  return new Command('logout').description('end the session of the profile').action(async () => {
    const prepared = await shell.prepare()
    const { settings, config, file, out } = prepared
    requireProfile(settings, config)
    await endSession(shell, prepared)
    if (config.profiles.has(settings.profile)) {
      await saveProfile(file, settings.profile, { auth_token: undefined, refresh_token: undefined })
    }
    out.notice(`Logged out (profile '${settings.profile}').`)
  })
}

/** A server that cannot be reached keeps nobody from forgetting the session here. */
async function endSession(shell: Shell, { settings, file, out }: Preparation): Promise<void> {
  const { refresh, kept } = settings.tokens
  if (refresh === undefined || !kept) return
  try {
    const client = shell.connect(settings, file)
    const fetch = client.sending({ anonymous: true })
    await dataOf(client.POST('/auth/logout', { body: { refresh_token: refresh }, fetch }))
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    out.warn(`${failure.message} The session goes on there until it expires, or until somebody ends it.`)
  }
}
