import { Settings } from '../config/settings.ts'
import { code, generatedNote, page, table } from './markdown.ts'
import { type Described, typeText } from './schema-text.ts'

type Setting = { path: string[]; schema: Described }

/** `docs/configuration.md`: every setting, its default and its variable. */
export function configurationPage(): string {
  const top = sectionOf([], Settings)
  const sections = sectionsOf([], Settings).map(
    ({ path, schema }) =>
      `${'#'.repeat(path.length + 1)} ${path.join('.')}\n\n${settingsTable(sectionOf(path, schema))}`,
  )
  return page([
    generatedNote,
    '# Configuration',
    ...introduction,
    '## Top level',
    settingsTable(top),
    ...sections,
  ])
}

const introduction = [
  'Nothing has to be configured. Where a setting comes from, the later one wins:',
  [
    '1. the default below,',
    '2. a YAML file: `--config FILE`, else the file that `ATTUNE_CONFIG` names, else `config.yaml` in the working directory,',
    '3. `config.<environment>.yaml` beside it,',
    '4. environment variables `ATTUNE__SECTION__KEY`; an empty one counts as unset,',
    '5. options of the command line (`attune-server --help`).',
  ].join('\n'),
  'In a variable, a list is written with commas or as JSON, a map as JSON. Any setting that is text or a list can be read from a file instead: `jwt_secret_file: PATH` stands for `jwt_secret` with the content of that file; a list has an item a line there. A value of the wrong type stops the start with a message that names the setting; a key that is no setting is a warning that names the nearest one.',
  'Programs of packs run as `run_as` says; `docs/security.md` tells what each choice keeps from them. As root the files that settings are read from are closed to others at the start (`chmod o-rwx`).',
  '`ATTUNE_HOME` (default `.attune` in the working directory) is the folder for everything that is not configured elsewhere: the private database, secrets, packs, environments, logs and artifacts.',
]

/** Every section, each before those inside of it. */
function sectionsOf(above: readonly string[], schema: Described): Setting[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, child]) => isSection(child))
    .flatMap(([name, child]) => {
      const path = [...above, name]
      return [{ path, schema: child }, ...sectionsOf(path, child)]
    })
}

/** The settings of a section, one level deep: sections inside are on their own. */
function sectionOf(path: readonly string[], schema: Described): Setting[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, child]) => !isSection(child))
    .map(([key, child]) => ({ path: [...path, key], schema: child }))
}

/** A section groups settings; a value that is an object by itself has a default. */
function isSection({ properties, default: value }: Described): boolean {
  return properties !== undefined && value === undefined
}

function settingsTable(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, schema }) => [
    code(path.join('.')),
    typeText(schema),
    schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
    code(`ATTUNE__${path.join('__').toUpperCase()}`),
    schema.description ?? '',
  ])
  return table(['key', 'type', 'default', 'variable', 'meaning'], rows)
}
