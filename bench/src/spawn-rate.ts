import { spawn } from 'node:child_process'

const IN_FLIGHT = 8

/** S: processes per second when Node spawns /bin/true as fast as it can. The ceiling of everything that runs actions. */
export async function spawnRate(seconds: number): Promise<number> {
  const deadline = performance.now() + seconds * 1000
  let ended = 0
  async function lane(): Promise<void> {
    while (performance.now() < deadline) {
      await new Promise<void>((resolve, reject) => {
        spawn('/bin/true', { stdio: 'ignore' })
          .once('error', reject)
          .once('exit', () => resolve())
      })
      ended += 1
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return ended / ((performance.now() - started) / 1000)
}
