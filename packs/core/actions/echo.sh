#!/bin/bash
# Prints `message` as it is, without a line break of its own.
. "${0%/*}/../lib/parameters.sh"

message=
read_parameters message
printf %s "$message"
