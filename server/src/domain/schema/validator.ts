import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Json, JsonObject } from '../../json.ts'
import { assertedFormats } from './keyword.ts'
import { compilePattern, maxSteps, type Pattern } from './pattern.ts'
import { holdsUnknown, holdsUnknownKeyword, isUnknownKeyword, type Unknown } from './soften.ts'

/**
 * Lists what is wrong with a value; `isUnknown` matters to a softened schema only. A value whose many texts would take too
 * long to be tested against patterns is not tested to its end.
 */
export type Validator = (values: Json, isUnknown: Unknown) => readonly ErrorObject[] | 'too costly'

/** What our own keywords are called with. */
type Context = { isUnknown: Unknown }

const formats = Object.fromEntries(Object.entries(fullFormats).filter(([name]) => assertedFormats.has(name)))

/**
 * Compiles a translated schema. Each gets an Ajv of its own: one that is shared remembers every schema and
 * pattern it ever saw.
 */
export function compileValidator(schema: JsonObject): Validator {
  const budget = { steps: 0 }
  const validate = createAjv(budget).compile<Json>(schema)
  return (values, isUnknown) => {
    const context: Context = { isUnknown }
    budget.steps = maxSteps
    const fits = validate.call(context, values)
    if (budget.steps < 0) return 'too costly'
    return fits ? [] : (validate.errors ?? [])
  }
}

/** One step pays for a character and an instruction of the matching machine, as a pattern's `reach` does. */
type StepBudget = { steps: number }

function createAjv(budget: StepBudget): Ajv2020 {
  const ajv = new Ajv2020({
    // The schema is checked before, with better messages; Ajv's strict mode also runs user patterns itself.
    strict: false,
    meta: false,
    validateSchema: false,
    allErrors: true,
    verbose: true,
    // Otherwise a parameter named "constructor" is found on every object.
    ownProperties: true,
    passContext: true,
    logger: false,
    formats,
    code: { regExp: patternsWithin(budget), optimize: false },
  })
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', validate: hasUniqueItems })
  ajv.addKeyword({ keyword: isUnknownKeyword, validate: isUnknownHere })
  ajv.addKeyword({ keyword: holdsUnknownKeyword, validate: holdsUnknownHere })
  return ajv
}

function isUnknownHere(this: Context, _: true, value: Json): boolean {
  return this.isUnknown(value)
}

function holdsUnknownHere(this: Context, _: true, value: Json): boolean {
  return holdsUnknown(value, this.isUnknown)
}

/** Ajv compares every item with every other; a long list would hold the process for minutes. */
function hasUniqueItems(demanded: boolean, items: readonly Json[]): boolean {
  return !demanded || new Set(items.map(canonical)).size === items.length
}

function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`)
  return `{${members.toSorted().join()}}`
}

/** Patterns that share what one value may cost; nothing is tested beyond it. */
function patternsWithin(budget: StepBudget) {
  function regExp(source: string): Pattern {
    const pattern = compilePattern(source)
    return {
      ...pattern,
      test(text) {
        if (text.length > pattern.reach) return false
        budget.steps -= text.length * pattern.size
        return budget.steps >= 0 && pattern.test(text)
      },
    }
  }
  regExp.code = 'compilePattern'
  return regExp
}
