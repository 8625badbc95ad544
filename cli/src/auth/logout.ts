import { Command } from 'commander'
import { saveProfile } from '../profile.ts'
import { requireProfile } from '../settings.ts'
import type { Shell } from '../shell.ts'

/** `attune logout`: forgets the session of the profile. Tokens that were issued stay valid until they expire. */
export function logout(shell: Shell): Command {
  return new Command('logout').description('forget the session of the profile').action(async () => {
    const { settings, config, file, out } = await shell.prepare()
    requireProfile(settings, config)
    if (config.profiles.has(settings.profile)) {
      await saveProfile(file, settings.profile, { auth_token: undefined, refresh_token: undefined })
    }
    out.notice(`Logged out (profile '${settings.profile}').`)
  })
}
