#!/bin/sh
# longshore-host: gives one container another image, checks it, and goes back when it is bad.
# $1 is the payload: base64 of key=value lines. Standard output is one line, `HS1 {json}`, and nothing else.
#
# - The payload is data: a fixed list of keys, never evaluated; what does not fit is refused (20).
# - The fence (owner, generation, step) is written before anything changes. Lower is refused, equal is answered
#   with the stored line, a foreign owner is refused and named. `probe` and `status` leave it alone.
# - A change writes a journal before each of its phases. Killed anywhere, it is finished or undone by the next
#   command, whatever that is.
# - The agent gives 194, 168, 137 and all above 125 a meaning of their own: this script exits with 0 to 51.
# - No child gets descriptor 3 (the answer) or 8 and 9 (the locks): one that outlives the command would hold
#   the agent, or the next command, for as long as it lives.
# shellcheck disable=SC2015,SC2016,SC2034 # `a && b || answer` (answer ends the script); $ in the Engine's templates
set -u
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
exec 3>&1 >/dev/null 2>&1 </dev/null
ROOT=${LONGSHORE_ROOT:-/var/lib/longshore}
began=$(date +%s)
limit=$((began + 60)) # The instant by which whatever runs now must have ended.
v='' op=status owner='' rollout='' batch='' chunk='' gen=0 step=0 deadline='' timeout=60 container='' mode='' ref='' auto=''
undoes='' install='' health=none hport='' hpath='' hcode='' htls='' retries=0 interval=0 htimeout=5 grace=0 success=1 stable=0
phase=payload changed=false old='' new='' prev_ready=false healthy=false accepted=false why='' more=''
id='' image='' fresh='' policy='' dir='' auth='' closes=false

answer() { # answer OUTCOME CODE DETAIL: prints the line and ends. Only an accepted command's line is stored,
  # and before its journal goes: without either, the same command again would find nothing to do, and say so.
  case $2 in # What Docker did not do says nothing where it has gone meanwhile: the journal stays for the next command.
    4 | 5 | 3[3-79] | 41 | 4[3-68]) answers || { set -- failed 30 "$NO_ENGINE; before that: $3" && closes=false healthy=false; } ;;
  esac
  detail=$(printf %s "$3" | tr '\n"\134' " '/" | tr -cd ' -~' | cut -c1-240)
  cmd=$(printf %s "${SSM_COMMAND_ID:-}" | tr -cd 'A-Za-z0-9-' | cut -c1-64)
  line="HS1 {\"v\":1,\"op\":\"$op\",\"rollout\":\"$rollout\",\"gen\":$gen,\"step\":$step,\"cmd\":\"$cmd\",\"outcome\":\"$1\""
  line="$line,\"code\":$2,\"changed\":$changed,\"old\":\"$old\",\"new\":\"$new\",\"ref\":\"$ref\",\"prev_ready\":$prev_ready"
  line="$line,\"healthy\":$healthy,\"sec\":$(($(date +%s) - began)),\"phase\":\"$phase\",\"detail\":\"$detail\"$more}"
  [ "$accepted" = false ] || write_state last "op=$op" "gen=$gen" "step=$step" "outcome=$1" "code=$2" "line=$line"
  [ "$closes" = false ] || drop_state journal
  printf '%s\n' "$line" >&3
  exit "$2"
}
seconds_left() { # Until the limit; at least one, for a bound of none would be no bound.
  seconds=$((limit - $(date +%s)))
  [ "$seconds" -ge 1 ] || seconds=1
  echo "$seconds"
}
is_late() { [ "$(date +%s)" -ge "$limit" ]; }

# coreutils' `timeout` moves its child out of the group that the agent kills, but for --foreground; busybox's,
# which has no such flag, does not.
if timeout --foreground 1 true; then
  bounded() { timeout --foreground -s KILL "$@" 3>&- 8>&- 9>&-; } # bounded SECONDS COMMAND…
elif timeout 1 true; then
  bounded() { timeout -s KILL "$@" 3>&- 8>&- 9>&-; }
else
  bounded() {
    shift
    "$@" 3>&- 8>&- 9>&-
  }
fi
