#!/bin/sh
# longshore-host: makes one container again from another image, checks it, and goes back when it is bad.
# $1 is the payload: base64 of key=value lines. Standard output is one line, `HS1 {json}`, and nothing else.
#
# - The payload is data: a fixed list of keys, never evaluated; what does not fit is refused (20).
# - The fence (owner, generation, step) is written before anything changes. Lower is refused, equal is answered
#   with the stored line, a foreign owner is refused and named. `probe` and `status` leave it alone.
# - The old container is kept, stopped, its restart policy taken off: armed, it comes back at the next reboot
#   and fights for the port. It is stopped only when the new one exists.
# - The agent gives 194, 168, 137 and all above 125 a meaning of their own: this script exits with 0 to 46.
# - The simple form: mode=recreate, one network, no custom check, no bound on the Engine's own time but the
#   agent's. What it cannot do it refuses.
# shellcheck disable=SC2015,SC2016 # `a && b || answer` (answer ends the script); $ in the Engine's templates.
set -u
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
exec 3>&1 >/dev/null 2>&1
ROOT=${LONGSHORE_ROOT:-/var/lib/longshore}
SOCKET=${LONGSHORE_DOCKER_SOCKET:-/var/run/docker.sock}
RESERVE_KB=262144 # On a full disk a stopped container can be neither started nor renamed.
began=$(date +%s)
v='' op=status owner='' rollout='' batch='' chunk='' gen=0 step=0 deadline='' timeout='' container='' mode='' ref='' auto=''
undoes='' health=none hport='' hpath='' hcode='' htls='' retries=0 interval=0 htimeout=5 grace=0 success=1 stable=0
phase=payload changed=false old='' new='' prev_ready=false healthy=false accepted=false why='' more='' fence=''

answer() { # answer OUTCOME CODE DETAIL: prints the line and ends. Only an accepted command's line is stored.
  detail=$(printf %s "$3" | tr -cd ' !#-[]-~' | cut -c1-240)
  cmd=$(printf %s "${SSM_COMMAND_ID:-}" | tr -cd 'A-Za-z0-9-' | cut -c1-64)
  line="HS1 {\"v\":1,\"op\":\"$op\",\"rollout\":\"$rollout\",\"gen\":$gen,\"step\":$step,\"cmd\":\"$cmd\",\"outcome\":\"$1\""
  line="$line,\"code\":$2,\"changed\":$changed,\"old\":\"$old\",\"new\":\"$new\",\"ref\":\"$ref\",\"prev_ready\":$prev_ready"
  line="$line,\"healthy\":$healthy,\"sec\":$(($(date +%s) - began)),\"phase\":\"$phase\",\"detail\":\"$detail\"$more}"
  [ "$accepted" = false ] || write_state last "op=$op" "gen=$gen" "step=$step" "outcome=$1" "code=$2" "line=$line"
  printf '%s\n' "$line" >&3
  exit "$2"
}
is_count() { case $1 in '' | *[!0-9]* | 0?*) return 1 ;; *) [ ${#1} -le 15 ] ;; esac }
is_op() { case $op in update | probe | restore | status) ;; *) return 1 ;; esac }
is_port() { is_count "$1" && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }
bad() { # The line must parse whatever the payload held.
  is_op || op=status
  is_count "$gen" && is_count "$step" || gen=0 step=0
  [ ${#rollout} -le 80 ] || rollout=''
  ref=''
  answer refused 20 "bad_payload: $1"
}
d() { docker "$@" 3>&- 9>&-; } # A child that holds the lock or standard output outlives its command.

write_state() { # write_state NAME LINE...: whole or not at all; `end=1` shows a cut file.
  name=$1
  shift
  printf '%s\n' "$@" end=1 >"$dir/$name.tmp" && sync && mv "$dir/$name.tmp" "$dir/$name" && sync
}
read_state() { # read_state NAME: fills s_*. 1: there is none.
  s_owner='' s_gen=-1 s_step=-1 s_op='' s_outcome='' s_code=0 s_line='' s_id='' s_digest='' s_policy='' s_new='' s_end=0
  [ -f "$dir/$1" ] || return 1
  while IFS= read -r row; do
    value=${row#*=}
    case ${row%%=*} in
      owner) s_owner=$value ;; gen) s_gen=$value ;; step) s_step=$value ;; op) s_op=$value ;; code) s_code=$value ;;
      outcome) s_outcome=$value ;; line) s_line=$value ;; id) s_id=$value ;; new) s_new=$value ;; digest) s_digest=$value ;;
      policy) s_policy=$value ;; end) s_end=$value ;;
    esac
  done <"$dir/$1"
  [ "$s_end" = 1 ] || answer failed 31 "state_write: the state file $1 is damaged"
}

parse() {
  case $1 in '' | *[!A-Za-z0-9+/=]*) bad 'not base64' ;; esac
  [ ${#1} -le 4096 ] || bad 'longer than 4096 characters'
  text=$(printf %s "$1" | base64 -d; printf x) # The x keeps the last line break.
  text=${text%x}
  [ "$(printf %s "$text" | base64 | tr -d '\n')" = "$1" ] || bad 'not text'
  seen=' '
  while IFS= read -r row; do
    key=${row%%=*} value=${row#*=}
    case $row in *=*) ;; *) bad 'a line without =' ;; esac
    case $value in -* | *[!A-Za-z0-9._:/@+=-]*) bad 'a value leaves its alphabet' ;; esac
    case $seen in *" $key "*) bad 'a key comes twice' ;; esac
    seen="$seen$key "
    case $key in
      v) v=$value ;; op) op=$value ;; owner) owner=$value ;; rollout) rollout=$value ;; batch) batch=$value ;;
      chunk) chunk=$value ;; gen) gen=$value ;; step) step=$value ;; deadline) deadline=$value ;; timeout) timeout=$value ;;
      container) container=$value ;; mode) mode=$value ;; ref) ref=$value ;; auto) auto=$value ;;
      undoes) undoes=$value ;; health) health=$value ;; hport) hport=$value ;; hpath) hpath=$value ;;
      hcode) hcode=$value ;; htls) htls=$value ;; retries) retries=$value ;; interval) interval=$value ;;
      htimeout) htimeout=$value ;; grace) grace=$value ;; success) success=$value ;; stable) stable=$value ;;
      *) bad 'an unknown key' ;;
    esac
  done <<END
${text%?}
END
  [ "$v" = 1 ] || bad 'v is not 1'
  is_op || bad 'op is unknown'
  for count in "$batch" "$chunk" "$gen" "$step" "$deadline" "$timeout" "$retries" "$interval" "$htimeout" "$grace" "$success" "$stable"; do
    is_count "$count" || bad 'a number is missing, or is none'
  done
  [ -n "$owner" ] && [ ${#owner} -le 300 ] && [ -n "$rollout" ] && [ ${#rollout} -le 80 ] || bad 'owner or rollout'
  case $container in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) bad container ;; esac
  [ ${#container} -le 128 ] || bad container
  [ "$mode" = recreate ] || bad "mode $mode is not built yet"
  hex=${ref##*@sha256:}
  case $op:$auto:${ref%@sha256:*}@$hex in
    update:[01]:[a-z0-9]*@*[!a-f0-9]* | update:[01]:*[!A-Za-z0-9._:/-]*@*) bad ref ;;
    update:[01]:[a-z0-9]*) [ ${#hex} = 64 ] && [ "$ref" != "$hex" ] && [ ${#ref} -le 512 ] || bad 'ref has no digest' ;;
    update:*) bad 'auto or ref' ;;
    restore:*) is_count "$undoes" || bad undoes ;;
    status:*) return ;;
  esac
  case $health:$hpath:$htls in
    none:* | container_running:*) ;;
    http:/*:[012]) is_count "$hcode" && is_port "$hport" || bad 'hcode or hport' ;;
    tcp:*) is_port "$hport" || bad hport ;;
    *) bad "health $health: a field is wrong, or it is not built yet" ;;
  esac
}

find_container() { # The container of that very name, and the digest that it runs, as somebody once asked for it.
  id=$(d inspect --type container -f '{{.Id}}' "$container") || {
    [ "$op" != status ] || answer status 0 "missing: no container is called $container"
    answer failed 33 "missing: no container is called $container"
  }
  image=$(d inspect -f '{{.Image}}' "$id")
  named=$(d inspect -f '{{.Config.Image}}' "$id")
  repository=${ref%@*}
  [ -n "$repository" ] || repository=${named%:*}
  new=$(d image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$image" | grep -F "$repository@sha256:" | tail -n 1)
  case $named in *@sha256:*) new=$named ;; esac
  new=${new##*@}
  if read_state current && [ "$s_id" = "$id" ]; then new=$s_digest; fi
  old=$new
}

is_alive() { [ "$(d inspect -f '{{.State.Running}} {{.State.Restarting}}' "$1")" = 'true false' ]; }
birth() { d inspect -f '{{.State.StartedAt}} {{.RestartCount}}' "$1"; }
ask() { curl -so /dev/null --noproxy '*' --max-redirs 0 --connect-timeout "$htimeout" --max-time "$htimeout" "$@" </dev/null 3>&- 9>&-; }
passes() { # One look, at this host alone: no redirect and no proxy is followed.
  is_alive "$1" || { why='the container is not running'; return 1; }
  case $health in
    http) # htls: 0 http, 1 https, 2 https with any certificate.
      case $htls in
        0) got=$(ask -w '%{http_code}' "http://127.0.0.1:$hport$hpath") ;;
        1) got=$(ask -w '%{http_code}' "https://localhost:$hport$hpath") ;;
        *) got=$(ask -k -w '%{http_code}' "https://localhost:$hport$hpath") ;;
      esac
      [ "$got" = "$hcode" ] || { why="answered $got, not $hcode"; return 1; } ;;
    tcp) [ "$(ask -w '%{num_connects}' "telnet://127.0.0.1:$hport")" = 1 ] || { why="nothing listens on port $hport"; return 1; } ;;
  esac
}
check_health() { # check_health ID GRACE STABLE. A restart in between is a failure, whatever the port says.
  sleep "$2"
  born=$(birth "$1") good=0 missed=0
  until [ "$good" -ge "$success" ]; do
    if passes "$1"; then good=$((good + 1)); else good=0 missed=$((missed + 1)); fi
    [ "$missed" -le "$retries" ] || return 1
    [ "$good" -ge "$success" ] || sleep "$interval"
  done
  sleep "$3"
  passes "$1" || return 1
  [ "$(birth "$1")" = "$born" ] || { why='the container started again while it was checked'; return 1; }
}

take_lock() { # A kernel lock dies with its holder; there is none to break.
  mkdir -p "$dir" && [ ! -L "$dir" ] && [ -O "$dir" ] && write_state probe "at=$began" && command -v flock ||
    answer failed 31 "state_write: $dir, or there is no flock"
  exec 9>>"$dir/lock"
  flock -n 9 || { sleep 5; flock -n 9; } || answer busy 11 'locked: another command works on this container'
}
pass_fence() {
  if read_state fence; then
    [ "$s_owner" = "$owner" ] || answer refused 14 "foreign_owner: $s_owner"
    [ "$gen" -gt "$s_gen" ] || { [ "$gen" -eq "$s_gen" ] && [ "$step" -ge "$s_step" ]; } ||
      answer refused 12 "stale: the host has seen generation $s_gen step $s_step"
    if [ "$gen.$step" = "$s_gen.$s_step" ] && read_state last && [ "$gen.$step" = "$s_gen.$s_step" ]; then
      [ "$s_op" = "$op" ] || answer refused 20 "bad_payload: generation $gen step $step was $s_op"
      printf '%s\n' "$s_line" >&3
      exit "$s_code"
    fi
  fi
  [ $((began + timeout)) -le "$deadline" ] || answer refused 13 'expired: the work would end after the deadline'
  d version -f '{{.Server.Version}}' || answer failed 30 'docker_down: no Docker Engine answers'
  write_state fence "owner=$owner" "gen=$gen" "step=$step" || answer failed 31 'state_write: fence'
  accepted=true
}

pull() {
  d image inspect "$ref" && return
  said=$(d pull -q "$ref" 2>&1) && return
  host=${ref%%/*} region=${ref#*.dkr.ecr.}
  if [ "$region" != "$ref" ]; then
    DOCKER_CONFIG=$(mktemp -d) && export DOCKER_CONFIG # The token lives for 12 hours: it is not left behind.
    aws ecr get-login-password --region "${region%%.*}" 3>&- 9>&- | d login -u AWS --password-stdin "$host"
    said=$(d pull -q "$ref" 2>&1) && said=''
    rm -rf "$DOCKER_CONFIG" && unset DOCKER_CONFIG
    [ -n "$said" ] || return 0
  fi
  case $said in
    *'no space left'*) answer failed 32 "disk_full: $said" ;;
    *'no matching manifest'*) answer failed 46 "wrong_platform: $said" ;;
    *'no basic auth'* | *nauthorized* | *denied* | *'authentication required'*) answer failed 38 "auth: $said" ;;
    *'manifest unknown'* | *'not found'*) answer failed 37 "image_not_found: $said" ;;
    *) answer failed 36 "pull_failed: $said" ;;
  esac
}

# The create request is JSON that the Engine's own templates print: nothing is quoted for a shell. What the
# container has from its image is left out, or the new image's own settings would never show.
own() { # own TEMPLATE: the container's lines that its image does not have, joined by commas.
  d inspect -f "$1" "$id" >"$dir/own" && d image inspect -f "$1" "$image" >"$dir/image" || return
  grep -vxF -f "$dir/image" "$dir/own" | grep -v '^"longshore\.' | grep . | paste -sd, -
}
write_request() {
  from=null # A volume without a name would silently be replaced by an empty one.
  [ -z "$(d inspect -f '{{range .Mounts}}{{if eq .Type "volume"}}v{{end}}{{end}}' "$id")" ] || from="[\"$id\"]"
  keeps_entry=false
  printf '{"Image":"%s"' "$ref"
  for field in Entrypoint Cmd User WorkingDir StopSignal Healthcheck; do
    has=$(d inspect -f "{{json .Config.$field}}" "$id") || continue
    if [ "$has" = "$(d image inspect -f "{{json .Config.$field}}" "$image")" ]; then
      [ "$field.$keeps_entry" = Cmd.true ] || continue # Given an Entrypoint, the Engine forgets the image's Cmd.
    elif [ "$field" = Entrypoint ]; then keeps_entry=true; fi
    printf ',"%s":%s' "$field" "$has"
  done
  case $id in "$(d inspect -f '{{.Config.Hostname}}' "$id")"*) ;; *) d inspect -f ',"Hostname":{{json .Config.Hostname}}' "$id" ;; esac
  d inspect -f ',"Domainname":{{json .Config.Domainname}},"Tty":{{json .Config.Tty}},"OpenStdin":{{json .Config.OpenStdin}}' "$id"
  printf ',"Env":[%s]' "$(own '{{range .Config.Env}}{{json .}}{{"\n"}}{{end}}')"
  labels=$(own '{{range $k,$v := .Config.Labels}}{{json $k}}:{{json $v}}{{"\n"}}{{end}}')
  printf ',"Labels":{"longshore.owner":"%s","longshore.generation":"%s"%s}' "$owner" "$gen" "${labels:+,$labels}"
  printf ',"ExposedPorts":{%s}' "$(own '{{range $k,$v := .Config.ExposedPorts}}{{json $k}}:{}{{"\n"}}{{end}}')"
  d inspect -f ',"HostConfig":{{json .HostConfig}}' "$id" | sed "s/\"VolumesFrom\":\(null\|\[[^]]*\]\)/\"VolumesFrom\":$from/"
  d inspect -f ',"NetworkingConfig":{"EndpointsConfig":{ {{- range $n,$e := .NetworkSettings.Networks}}{{json $n}}:{"IPAMConfig":{{json $e.IPAMConfig}},"Aliases":{{json $e.Aliases}},"Links":{{json $e.Links}},"DriverOpts":{{json $e.DriverOpts}}}{{end -}} }}}' "$id" |
    sed "s/\"$(printf %.12s "$id")\",\{0,1\}//; s/,]/]/"
}
refuse_unfit() { # A container that somebody else makes would be made again by them, or never.
  case $(d inspect -f '{{range $k,$v := .Config.Labels}}{{println $k}}{{end}}' "$id") in
    *com.docker.compose.* | *com.docker.swarm.* | *com.amazonaws.ecs.* | *io.kubernetes.*)
      answer refused 43 'managed_by_compose: Compose or another orchestrator owns this container' ;;
  esac
  case $(d inspect -f '{{with .HostConfig}}{{.AutoRemove}} {{.NetworkMode}}{{end}} {{len .NetworkSettings.Networks}}' "$id") in
    true*) answer refused 35 'autoremove: a container with --rm cannot be kept' ;;
    *container:* | *[!\ ][0-9] | *\ [!01]) answer failed 39 'create_failed: this form takes one network, of its own' ;;
  esac
}

is_named() { [ "$(d inspect -f '{{.Name}}' "$1")" = "/$container" ]; }
swap() { # The old container out, the new one in; `why` says what went wrong.
  changed=true
  why='the old container cannot be stopped or renamed'
  d stop "$id" && d rename "$id" "$container.longshore-kept.$gen.$step" && d rename "$fresh" "$container" || return 1
  d update --restart=no "$id"
  why=$(d start "$fresh" 2>&1)
}
undo() { # The way back of the swap that the journal names, from any point of it. A restore is the same thing.
  read_state journal || return
  d rm -f "$s_new" # Never with -v: its volumes are the kept container's.
  is_named "$s_id" || d rename "$s_id" "$container"
  d update --restart="$s_policy" "$s_id"
  d start "$s_id"
  is_alive "$s_id" && is_named "$s_id" || answer failed 41 'rollback_failed: the kept container does not start'
  gone=$s_new
  if read_state current && [ "$s_id" = "$gone" ]; then rm -f "$dir/current" "$dir/prev"; fi
  rm -f "$dir/journal"
}

update() {
  find_container
  if read_state current && [ "$s_owner" = "$owner" ] && [ "$s_id" != "$id" ]; then
    answer refused 44 "drift: somebody made this container again; remove $dir/current to accept it"
  fi
  refuse_unfit
  phase=pull
  pull
  target=$(d image inspect -f '{{.Id}}' "$ref") || answer failed 37 'image_not_found: it is not in the local store'
  phase=health
  if [ "$target" = "$image" ]; then
    new=${ref##*@} old=${ref##*@}
    check_health "$id" 0 0 || answer unhealthy 4 "it runs already, unhealthy: $why"
    healthy=true
    answer unchanged 0 'this image runs already'
  fi
  check_health "$id" 0 0 || answer refused 45 "baseline_unhealthy: what runs now fails the same check: $why"
  phase=create
  free=$(df -Pk "$(d info -f '{{.DockerRootDir}}')" | awk 'NR == 2 { print $4 }')
  [ "${free:-0}" -ge "$RESERVE_KB" ] || answer failed 32 "disk_full: ${free:-0} KB are left"
  [ "$(date +%s)" -le "$deadline" ] || answer refused 13 'expired: the deadline passed before the swap'
  write_request >"$dir/request"
  d rm -f "$container.longshore-new"
  said=$(curl -sS --unix-socket "$SOCKET" -H 'Content-Type: application/json' -d "@$dir/request" "http://docker/containers/create?name=$container.longshore-new" 2>&1 3>&- 9>&-)
  fresh=$(d inspect --type container -f '{{.Id}}' "$container.longshore-new") || answer failed 39 "create_failed: $said"
  policy=$(d inspect -f '{{with .HostConfig.RestartPolicy}}{{or .Name "no"}}{{if .MaximumRetryCount}}:{{.MaximumRetryCount}}{{end}}{{end}}' "$id")
  write_state journal "id=$id" "new=$fresh" "policy=$policy" || answer failed 31 'state_write: journal'
  phase=swap
  if swap; then phase=health && check_health "$fresh" "$grace" "$stable" && healthy=true; fi
  if [ "$healthy.$auto" = false.1 ]; then
    reason=$why
    undo
    check_health "$id" "$grace" 0 || answer rolled_back_unhealthy 5 "back, but unhealthy: $why; the new one: $reason"
    healthy=true
    answer rolled_back 2 "$reason"
  fi
  ! read_state prev || d rm "$s_id"
  if read_state current && [ "$s_id" = "$id" ]; then was="owner=$s_owner gen=$s_gen"; else was='owner= gen=-1'; fi
  write_state prev "id=$id" "digest=$old" "policy=$policy" "${was% *}" "${was#* }" &&
    write_state current "id=$fresh" "digest=${ref##*@}" "owner=$owner" "gen=$gen" || answer failed 31 'state_write: commit'
  rm -f "$dir/journal"
  new=${ref##*@} prev_ready=true
  [ "$healthy" = true ] || answer unhealthy 4 "$why"
  answer updated 0 ''
}

restore() {
  find_container
  if ! read_state current || [ "$s_id.$s_owner.$s_gen" != "$id.$owner.$undoes" ]; then
    passes "$id" && healthy=true
    answer unchanged 0 "generation $undoes did not put this container here"
  fi
  read_state prev && d inspect --type container "$s_id" || answer failed 34 'no_previous: no earlier container is kept'
  kept=$s_id digest=$s_digest was_owner=$s_owner was_gen=$s_gen
  write_state journal "id=$kept" "new=$id" "policy=$s_policy" || answer failed 31 'state_write: journal'
  phase=swap changed=true
  undo
  new=$digest phase=health
  write_state current "id=$kept" "digest=$digest" "owner=$was_owner" "gen=$was_gen" || answer failed 31 'state_write: commit'
  check_health "$kept" "$grace" "$stable" || answer rolled_back_unhealthy 5 "$why"
  healthy=true
  answer restored 0 ''
}

parse "${1:-}"
dir=$ROOT/$container phase=$op
case $op in
  update | restore)
    take_lock
    pass_fence
    undo # A command before this one may have been killed in its swap.
    "$op" ;;
  probe)
    find_container
    check_health "$id" "$grace" "$stable" || answer unhealthy 4 "$why"
    healthy=true
    answer healthy 0 '' ;;
  status)
    [ ! -f "$dir/journal" ] || phase=swap
    if read_state fence && [ "$s_owner" = "$owner" ]; then more=",\"fence_gen\":$s_gen,\"fence_step\":$s_step" fence=$s_gen.$s_step; fi
    [ "$s_owner" = "$owner" ] || [ -z "$s_owner" ] || why="foreign_owner: $s_owner"
    if read_state last && [ "$s_gen.$s_step" = "$fence" ]; then # Else the last one accepted was killed: it has no result.
      more="$more,\"last_op\":\"$s_op\",\"last_outcome\":\"$s_outcome\",\"last_code\":$s_code"
    fi
    if read_state prev && d inspect --type container "$s_id"; then prev_ready=true; fi
    find_container
    if is_alive "$id"; then healthy=true; fi
    answer status 0 "$why" ;;
esac
