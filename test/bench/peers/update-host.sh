#!/bin/bash
# update-host.sh HOST VERSION: all that happens on a host, whoever has it done. Stops what runs, works for a
# while, starts the version and waits until it answers; then says how long that took, and what CPU.
set -eu
host=$1 version=$2
began=$(date +%s%N)
read -r port seconds <"$host/host"
if [ -f "$host/pid" ]; then kill "$(cat "$host/pid")" || true; fi
mkdir -p "$host/www"
echo "$version" >"$host/www/version"
sleep "$seconds"
setsid busybox httpd -f -p "127.0.0.1:$port" -h "$host/www" </dev/null >/dev/null 2>&1 &
echo $! >"$host/pid"
tries=0
until [ "$(busybox wget -Y off -q -O - "http://127.0.0.1:$port/version" 2>/dev/null)" = "$version" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 500 ]; then
    echo "nothing on port $port says $version: does another program hold it?" >&2
    exit 1
  fi
  sleep 0.02
done
times >"$host/cpu"
echo "$began $(date +%s%N)" >"$host/took"
