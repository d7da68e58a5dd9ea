#!/bin/bash
# host-agent.sh HOST: what is up on a host before anybody asks, as an agent is. Has the work done for each version
# on its input, and says how that ended and what CPU it and the work have taken so far.
set -u
update=$(dirname "$0")/update-host.sh
while read -r version; do
  "$update" "$1" "$version" </dev/null >/dev/null 2>&1
  echo "$?"
  times
done
