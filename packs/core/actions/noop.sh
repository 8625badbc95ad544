#!/bin/bash
# Does nothing, says so, and ends with `exit_code`.
. "${0%/*}/../lib/parameters.sh"

message= exit_code=0
read_parameters message exit_code
exit_code=${exit_code:-0}

if [[ ! $exit_code =~ ^[0-9]{1,3}$ ]] || ((10#$exit_code > 255)); then
  echo "ERROR: exit_code must be an integer from 0 to 255, not '$exit_code'" >&2
  exit 1
fi

[[ -n $message ]] && printf '[NOOP] %s\n' "$message"
echo 'No operation completed successfully'
exit "$((10#$exit_code))"
