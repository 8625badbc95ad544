import { setTimeout as sleep } from 'node:timers/promises'
import { applyChange, ruleOfEnvironment, ruleOfList, rulesById } from './rules.mjs'

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000

/**
 * @typedef {import('./rules.mjs').Rule} Rule
 * @typedef {import('./api.mjs').Api} Api
 */

/**
 * Which rules there are. The service tells at the start (environment) and whenever one changes (standard
 * input); the API has the list that counts. While that list is on its way, changes are remembered and applied
 * to it once more, because it may be older than they are.
 * @param {{ log: import('./log.mjs').Log, triggers: string[], onChange: (rules: Rule[]) => void }} options
 */
export function createKnownRules({ log, triggers, onChange }) {
  /** @type {import('./rules.mjs').Rules} */
  let rules = new Map()
  /** @type {unknown[]} */
  let heard = []
  let loading = false

  /** @param {import('./rules.mjs').Rules} next */
  function become(next) {
    rules = next
    onChange([...rules.values()])
  }

  return {
    /** @param {unknown[]} entries */
    startWith(entries) {
      const given = entries.map(ruleOfEnvironment)
      become(rulesById(given.filter((rule) => rule !== undefined && triggers.includes(rule.trigger_ref))))
    },

    /** @param {unknown} message */
    hear(message) {
      if (loading) heard.push(message)
      if (applyChange(rules, message, triggers)) become(rules)
      else log.warn('message passed over', { control_message: message })
    },

    /**
     * Takes over the list of the API, trying until it answers.
     * @param {Api} api
     */
    async load(api) {
      loading = true
      for (let wait = FIRST_RETRY_MS; loading; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
        heard = []
        try {
          const listed = await listRules(api, triggers)
          for (const message of heard) applyChange(listed, message, triggers)
          become(listed)
          loading = false
          log.info('rules loaded', { rules: listed.size })
        } catch (error) {
          log.warn('rules not loaded yet', { reason: String(error) })
          await sleep(wait)
        }
      }
      heard = []
    },
  }
}

/**
 * @param {Api} api
 * @param {string[]} triggers
 */
async function listRules(api, triggers) {
  const lists = await Promise.all(
    triggers.map(async (trigger) => (await api.rulesOf(trigger)).map((row) => ruleOfList(row, trigger))),
  )
  return rulesById(lists.flat())
}
