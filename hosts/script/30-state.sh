# What the host remembers of a container, in $ROOT/<container>/: the lock, and files of key=value lines that
# end with their own checksum. On disk, not in /run: a fence that a reboot forgets is none.
#
# fence: owner, gen, step. last: the answer to the fence's command. current: what runs, and who put it there.
# prev: what to go back to. journal: a change that has begun and has not ended.

flush() { sync "$1" || sync; } # An older `sync` takes no file.
write_state() { # write_state NAME LINE...: whole or not at all.
  name=$1
  shift
  set -- v=1 "$@"
  printf '%s\n' "$@" "end=$(printf '%s\n' "$@" | cksum)" >"$dir/$name.tmp" &&
    flush "$dir/$name.tmp" && mv "$dir/$name.tmp" "$dir/$name" && flush "$dir"
}
read_state() { # read_state NAME: fills s_*. 1: there is none. A file that is not as it was written ends the command.
  s_v='' s_owner='' s_gen=-1 s_step=-1 s_op='' s_outcome='' s_code=0 s_line='' s_id='' s_image='' s_digest='' s_policy=''
  s_new='' s_mode='' s_phase='' s_ref='' s_why='' s_healthy=''
  [ -e "$dir/$1" ] || return 1
  [ -f "$dir/$1" ] && [ ! -L "$dir/$1" ] && [ "$(tail -n 1 "$dir/$1")" = "end=$(sed '$d' "$dir/$1" | cksum)" ] || damaged "$1"
  while IFS= read -r row; do
    value=${row#*=}
    case ${row%%=*} in
      v) s_v=$value ;; owner) s_owner=$value ;; gen) s_gen=$value ;; step) s_step=$value ;; op) s_op=$value ;;
      outcome) s_outcome=$value ;; code) s_code=$value ;; line) s_line=$value ;; id) s_id=$value ;; image) s_image=$value ;;
      digest) s_digest=$value ;; policy) s_policy=$value ;; new) s_new=$value ;; mode) s_mode=$value ;; phase) s_phase=$value ;;
      ref) s_ref=$value ;; why) s_why=$value ;; healthy) s_healthy=$value ;;
    esac
  done <"$dir/$1"
  [ "$s_v" = 1 ] || damaged "$1"
}
damaged() { answer failed 40 "recover_failed: $dir/$1 is damaged; nothing was touched. Once you know what runs, remove the file"; }
drop_state() {
  rm -f "$dir/$1"
  flush "$dir"
}
write_journal() { # write_journal PHASE
  write_state journal "owner=$owner" "gen=$gen" "step=$step" "op=$op" "mode=$mode" "phase=$1" "id=$id" "image=$image" \
    "digest=$kept" "policy=$policy" "new=$fresh" "ref=$ref" "healthy=$healthy" "why=$(printf %s "$why" | tr -cd ' -~')"
}

take_lock() { # A kernel lock dies with its holder; there is none to break.
  [ ! -L "$ROOT" ] && [ ! -L "$dir" ] && mkdir -p "$dir" && [ -O "$ROOT" ] && [ -O "$dir" ] && [ ! -L "$dir/lock" ] &&
    (: >>"$dir/lock" && : >>"$dir/log" && : >>"$ROOT/.engine") || answer failed 31 "state_write: $dir"
  exec 9>>"$dir/lock"
  flock -n 9 || { bounded_wait 5 && flock -n 9; } || answer busy 11 'locked: another command works on this container'
  write_state probe "at=$began" || answer failed 31 "state_write: $dir"
  [ "$(wc -c <"$dir/log")" -lt 262144 ] || mv "$dir/log" "$dir/log.1"
  exec 2>>"$dir/log"
  printf '%s %s %s gen %s step %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$op" "$rollout" "$gen" "$step" "$ref" >&2
  auth=$dir/auth
  trap forget_secrets EXIT
  trap 'exit 1' HUP INT TERM
  forget_secrets # Of a command that was killed.
}
forget_secrets() { rm -rf "$auth" "$dir/request" "$dir/own" "$dir/image" "$dir/connect" "$dir"/said.*; }
bounded_wait() { sleep "$1" 3>&- 8>&- 9>&-; }

pass_fence() {
  read_state fence || remember_by_labels
  if [ -n "$s_owner" ]; then
    [ "$s_owner" = "$owner" ] || answer refused 14 "foreign_owner: $s_owner"
    [ "$gen" -gt "$s_gen" ] || { [ "$gen" -eq "$s_gen" ] && [ "$step" -ge "$s_step" ]; } ||
      answer refused 12 "stale: the host has seen generation $s_gen step $s_step"
    # Where a journal is open, the answer that is stored was not the end of it.
    if [ "$gen.$step" = "$s_gen.$s_step" ] && [ ! -e "$dir/journal" ] && read_state last && [ "$gen.$step" = "$s_gen.$s_step" ]; then
      [ "$s_op" = "$op" ] || answer refused 20 "bad_payload: generation $gen step $step was $s_op"
      printf '%s\n' "$s_line" >&3
      exit "$s_code"
    fi
  fi
  [ $((began + timeout)) -le "$deadline" ] || answer refused 13 'expired: the work would end after the deadline'
  require_engine
  write_state fence "owner=$owner" "gen=$gen" "step=$step" || answer failed 31 'state_write: fence'
  accepted=true
}
remember_by_labels() { # The folder is gone (an older disk image, a careless hand): the container bears a fence too.
  bearer=$(id_of "$container") || return
  s_owner=$(label longshore.owner "$bearer")
  s_gen=$(label longshore.generation "$bearer")
  is_count "$s_gen" || s_owner=''
}
