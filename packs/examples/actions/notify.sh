#!/bin/bash
# Standard input: the parameters. Standard output: the result. Standard error: the log. Exit code 0: it worked.
. "${0%/*}/../lib/shell.sh"

message= channel='#general' link=
read_parameters message channel link

text=$message
[[ -n $link ]] && text+=" ($link)"

# Here a real action would send it, and `exit 1` with a word on standard error if that fails.
echo "notify $channel: $text" >&2

to_json "$channel" && channel=$json
to_json "$text"
printf '{"channel": %s, "text": %s, "length": %d}\n' "$channel" "$json" "${#text}"
