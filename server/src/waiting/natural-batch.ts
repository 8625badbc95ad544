type Waiting<Item, Result> = { item: Item; resolve(result: Result): void; reject(error: unknown): void }

/**
 * Gathers calls that arrive while the previous batch is running and runs them together: alone at low load with
 * no added wait, hundreds at a time under pressure. When a batch throws, its items run one by one, so that only
 * the faulty caller is refused.
 */
export class NaturalBatch<Item, Result> {
  readonly #run: (items: Item[]) => Promise<Result[]>
  readonly #max: number
  readonly #lanes: number
  #queue: Waiting<Item, Result>[] = []
  #running = 0

  /** `run` answers one result per item, in order. `lanes` batches may run at the same time. */
  constructor(run: (items: Item[]) => Promise<Result[]>, options: { max: number; lanes?: number }) {
    this.#run = run
    this.#max = options.max
    this.#lanes = options.lanes ?? 1
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject })
      if (this.#running < this.#lanes) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#running += 1
    await Promise.resolve() // callers of the same turn travel together
    while (this.#queue.length > 0) await this.#runBatch(this.#queue.splice(0, this.#max))
    this.#running -= 1
  }

  async #runBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item))
      if (results.length !== batch.length)
        throw new Error('A batch answered fewer results than it had items.')
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result))
    } catch (error) {
      const [only, ...others] = batch
      if (only !== undefined && others.length === 0) only.reject(error)
      else for (const one of batch) await this.#runBatch([one])
    }
  }
}
