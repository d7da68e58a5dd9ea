# Whether a container is healthy: the same check for the old one before, and the new one after.

ask() { # At this host alone: no proxy is used, no redirect is followed.
  bounded "$(look_seconds)" curl -so /dev/null --noproxy '*' --max-redirs 0 --proto '=http,https' -w '%{http_code}' "$@"
}
look_seconds() { # 0 would be no bound at all.
  seconds=$(seconds_left)
  [ "$htimeout" -eq 0 ] || [ "$htimeout" -ge "$seconds" ] || seconds=$htimeout
  echo "$seconds"
}
passes() { # passes ID: one look. 1: not healthy. 2: and will not become so. 3: it is still starting.
  if [ "$mode" != command ] || [ "$health" = container_running ]; then
    is_alive "${1:-$container}" || { why='the container is not running'; return 1; }
  fi
  case $health in
    http) # htls: 0 http, 1 https, 2 https with any certificate.
      case $htls in
        0) got=$(ask "http://127.0.0.1:$hport$hpath") ;;
        1) got=$(ask "https://localhost:$hport$hpath") ;;
        *) got=$(ask -k "https://localhost:$hport$hpath") ;;
      esac
      case $got in '' | 000) got=nothing ;; esac # 000: curl had no answer.
      [ "$got" = "$hcode" ] || { why="answered $got, not $hcode"; return 1; } ;;
    tcp) listens "${1:-$container}" || { why="nothing of the container listens on port $hport"; return 1; } ;;
    docker_health)
      case $(d inspect --type container -f '{{with .State.Health}}{{.Status}}{{end}}' "${1:-$container}") in
        healthy) ;;
        starting) why='its HEALTHCHECK is still starting'; return 3 ;;
        unhealthy) why='its HEALTHCHECK says unhealthy'; return 2 ;;
        *) why='the image has no HEALTHCHECK'; return 2 ;;
      esac ;;
    custom) own_command health "$(look_seconds)" || { why="the custom check ended with $?"; return 1; } ;;
  esac
}
listens() { # Asked of the kernel: a connection would reach docker-proxy, which takes it for a dead container too.
  pid=$(d inspect --type container -f '{{.State.Pid}}' "$1")
  inner=$(d inspect --type container -f '{{range $p, $at := .NetworkSettings.Ports}}{{range $at}}{{println .HostPort $p}}{{end}}{{end}}' "$1" |
    awk -v port="$hport" '$1 == port && $2 ~ /\/tcp$/ { sub(/\/tcp/, "", $2); print $2; exit }')
  cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" | awk -v port="$(printf ':%04X' "${inner:-$hport}")" -v published="$inner" '
    $4 == "0A" && substr($2, length($2) - 4) == port && !(published != "" && $2 ~ /^(0100007F|00000000000000000000000001000000):/) { found = 1 }
    END { exit !found }'
}
birth() { d inspect --type container -f '{{.State.StartedAt}} {{.RestartCount}}' "${1:-$container}"; }
check_health() { # check_health ID SUCCESSES GRACE STABLE. A restart in between is a failure, whatever the port says.
  needed=$2 good=0 missed=0
  [ "$health" != none ] || needed=1
  pause "$3"
  born=$(birth "$1")
  until [ "$good" -ge "$needed" ]; do
    passes "$1"
    looked=$? rest=$interval
    case $looked in
      0) good=$((good + 1)) ;;
      2) return 1 ;;
      3) good=0 rest=1 ;;
      *) good=0 missed=$((missed + 1)) ;;
    esac
    [ "$missed" -le "$retries" ] || return 1
    [ "$good" -ge "$needed" ] || pause "$rest"
    is_late && { why="not healthy in time: $why"; return 1; }
  done
  [ "$health" != none ] || return 0
  if [ "$4" -gt 0 ]; then
    pause "$4"
    passes "$1" || return 1
    is_late && { why='not proven stable in time'; return 1; }
  fi
  [ "$(birth "$1")" = "$born" ] || { why='the container started again while it was checked'; return 1; }
}
pause() { # pause SECONDS, and not past the limit
  seconds=$(seconds_left)
  [ "$1" -ge "$seconds" ] || seconds=$1
  [ "$1" -eq 0 ] || bounded_wait "$seconds"
}
