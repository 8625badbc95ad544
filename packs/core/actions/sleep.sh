#!/bin/bash
# Waits `seconds`, then says so.
. "${0%/*}/../lib/parameters.sh"

message= seconds=1
read_parameters message seconds
seconds=${seconds:-1}

if [[ ! $seconds =~ ^[0-9]{1,4}$ ]] || ((10#$seconds > 3600)); then
  echo "ERROR: seconds must be an integer from 0 to 3600, not '$seconds'" >&2
  exit 1
fi
seconds=$((10#$seconds))

[[ -n $message ]] && printf '%s\n' "$message"
sleep "$seconds"
echo "Slept for $seconds seconds"
