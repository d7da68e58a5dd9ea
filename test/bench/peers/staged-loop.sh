#!/bin/bash
# staged-loop.sh FOLDER VERSION SIZE…: what one writes by hand. A batch at a time, its hosts side by side; a host
# that fails ends it.
set -euo pipefail
folder=$1 version=$2
shift 2
update=$(dirname "$0")/update-host.sh
first=0
for size in "$@"; do
  pids=() failed=0
  for ((host = first; host < first + size; host++)); do
    "$update" "$folder/$host" "$version" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
  if [ "$failed" -gt 0 ]; then
    echo "$failed of $size hosts failed" >&2
    exit 1
  fi
  first=$((first + size))
done
