/**
 * A wake-up that is never missed: notify() while nobody waits is remembered for the next wait().
 * Loops wait on one for work that arrived while they were busy.
 */
export class Signal {
  #pending = false
  #waiter: (() => void) | undefined

  notify(): void {
    this.#pending = true
    this.#waiter?.()
  }

  /** Resolves at the next notify(), at once when one came since the last wait, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#waiter = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#waiter = undefined
    }
    this.#pending = false
  }
}
