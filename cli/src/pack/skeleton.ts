export type SkeletonFile = { text: string; executable?: boolean }

/** The files of a small pack that works. The first line of each says to editors what it may hold. */
export function skeleton(ref: string, schemas: string): Record<string, SkeletonFile> {
  const schema = (kind: string) =>
    `# yaml-language-server: $schema=${schemas.replace(/\/$/, '')}/${kind}.json\n`
  return {
    'pack.yaml': { text: `${schema('pack')}${manifest(ref)}` },
    'triggers/greeting_wanted.yaml': { text: `${schema('trigger')}${trigger}` },
    'actions/greet.yaml': { text: `${schema('action')}${action}` },
    'actions/greet.sh': { text: program, executable: true },
    'rules/greet_when_wanted.yaml': { text: `${schema('rule')}${rule}` },
    'tests/run.sh': { text: tests, executable: true },
  }
}

function manifest(ref: string): string {
  return `ref: ${ref}
label: ${titleOf(ref)}
description: What this pack is for.
version: 0.1.0
tags: []

# Other packs that have to be there, as ref or ref@range, and runtimes that the programs need.
dependencies: ["core@>=1.0.0"]
runtime_deps: [shell]

# What an operator may configure; templates read it as pack.config.<name>.
conf_schema:
  salutation:
    type: string
    description: How people are greeted.
    default: Hello

# Run at registration, and with \`attune pack test ${ref}\`.
testing:
  enabled: true
  runners:
    smoke:
      type: script
      entry_point: tests/run.sh
      timeout: 30
`
}

function titleOf(ref: string): string {
  const words = ref.split(/[_-]+/).filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}

const trigger = `ref: greeting_wanted
label: Greeting wanted
description: Somebody wants to be greeted. Fire it with \`attune event emit\`, or enable its webhook.
output:
  name:
    type: string
    description: Who.
    required: true
`

const action = `ref: greet
label: Greet
description: Greets somebody.
runner_type: shell
entry_point: greet.sh
# Parameters come on standard input, never as arguments. With dotenv it is one name='value' a line.
parameter_format: dotenv
timeout_seconds: 30
parameters:
  name:
    type: string
    description: Who is greeted.
    required: true
    position: 0
  salutation:
    type: string
    description: How.
    default: Hello
    position: 1
`

const program = `#!/bin/bash
# Standard input: the parameters. Standard output: the result. Exit code 0: it worked.
name= salutation=Hello
while IFS= read -r line; do
  value=\${line#*=\\'} value=\${value%\\'}
  # A quote inside of a value is written '\\''.
  value=\${value//"'\\\\''"/"'"}
  case $line in
    name=*) name=$value ;;
    salutation=*) salutation=$value ;;
  esac
done
echo "$salutation, $name!"
`

const rule = `ref: greet_when_wanted
label: Greet when wanted
description: Every wish for a greeting is fulfilled.
trigger_ref: greeting_wanted
action_ref: greet
action_params:
  name: "{{ event.payload.name }}"
  salutation: "{{ pack.config.salutation }}"
`

const tests = `#!/bin/sh
# Runs in a copy of the pack. Counts that it prints are shown; without them the exit code alone decides.
said=$(printf "name='O'\\\\\\\\''Hara'\\nsalutation='Good day'\\n" | /bin/bash actions/greet.sh)
if [ "$said" = "Good day, O'Hara!" ]; then
  printf 'Total Tests: 1\\nPassed: 1\\nFailed: 0\\n'
else
  printf 'Total Tests: 1\\nPassed: 0\\nFailed: 1\\n'
  echo "it said: $said" >&2
  exit 1
fi
`
