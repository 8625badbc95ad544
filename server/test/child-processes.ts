import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** Counts the processes that this one starts while `work` runs, whoever starts them. */
export async function processesStarted(work: () => Promise<unknown>): Promise<number> {
  let started = 0
  const count = (): void => {
    started += 1
  }
  subscribe('child_process', count)
  try {
    await work()
  } finally {
    unsubscribe('child_process', count)
  }
  return started
}
