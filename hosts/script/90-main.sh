# The four actions. How a container is found, swapped and brought back is its mode's: `recreate_swap`, `compose_swap`,
# `command_swap`, and so on. What they share:
#
# id, image, kept, policy: what ran before, and its digest; all empty where there was nothing. fresh: what takes its place.
# ref: the image that is wanted. by: the generation that puts it there. why: what went wrong last, for people.

kept='' resumed='' target=''
TAIL=3 # Seconds for the answer itself.
forward() { # A part of the time is kept for the way back.
  reserve=$((timeout / 4))
  [ "$reserve" -le 60 ] || reserve=60
  limit=$((began + timeout - TAIL - reserve))
}
to_the_end() { limit=$((began + timeout - TAIL)); }
runs_target() {
  [ "$mode" != command ] || { [ "$old" = "${ref##*@}" ]; return; }
  target=$(d image inspect -f '{{.Id}}' "$ref") && [ "$target" = "$image" ]
}
is_current() { # Whether `current` is about what runs.
  read_state current && case $s_owner in "$owner" | '') ;; *) return 1 ;; esac
  if [ "$mode" = command ]; then [ "$s_digest" = "$old" ]; else [ "$s_image" = "$image" ]; fi
}
was_left_unhealthy() { is_current && [ "$s_healthy" = false ]; }
find_container() { # What runs, by its mode; the digest is the one that was asked for, where we asked.
  "${mode}_find" || return
  if [ "$mode" != command ] && is_current; then old=$s_digest; fi
  new=$old
}
write_current() { # write_current ID IMAGE DIGEST REF OWNER GEN HEALTHY
  write_state current "id=$1" "image=$2" "digest=$3" "ref=$4" "owner=$5" "gen=$6" "healthy=$7"
}

update() {
  forward
  recover
  case $resumed in
    verifying) verify ;;
    committed) # A power cut may have come after the verification.
      [ "$healthy" = false ] || check_health "$fresh" 1 "$grace" 0 || healthy=false
      answer_committed ;;
    undone) answer_undone ;;
  esac
  phase=inspect
  if find_container; then
    kept=$old
    ! read_state current || is_current || answer refused 44 "drift: another hand changed what runs; remove $dir/current to accept it"
    "${mode}_refuse"
    if ! was_left_unhealthy; then
      [ "$mode" = command ] || [ "$(d inspect -f '{{.State.Running}}' "$id")" = true ] || answer failed 33 'not_running: somebody stopped the container'
      ! runs_target || stay
      phase=baseline
      check_health "$id" 1 0 0 || answer refused 45 "baseline_unhealthy: what runs now fails the same check: $why"
    fi
  elif [ "$mode" = command ]; then command_refuse
  elif [ -z "$install" ]; then
    answer failed 33 "missing: no container is called $container"
  fi
  fetch
  change
}
stay() { # The image that is asked for runs already.
  phase=verify new=${ref##*@} old=${ref##*@} changed=false # By this update, as in `restore`.
  leave_engine
  check_health "$id" "$success" 0 0 || answer unhealthy 4 "it runs already, unhealthy: $why"
  healthy=true
  is_current || { # Of a state that is lost, the labels remember this much.
    s_owner=$(label longshore.owner "$id") s_gen=$(label longshore.generation "$id")
    is_count "$s_gen" || s_owner='' s_gen=-1
  }
  write_current "$id" "$image" "$new" "$ref" "$s_owner" "$s_gen" true || answer failed 31 'state_write: current'
  answer unchanged 0 'this image runs already'
}
fetch() {
  [ "$mode" != command ] || return 0
  phase=pull
  take_engine
  has_room || answer failed 32 "disk_full: $why"
  pull
  target=$(d image inspect -f '{{.Id}}' "$ref") || answer failed 37 'image_not_found: it is not in the local store'
  keep_image next "$ref"
  require_platform
  [ -z "$image" ] || ! runs_target || stay
}
change() {
  [ "$(seconds_left)" -gt $((grace + stable)) ] || answer failed 36 'pull_failed: no time is left for the swap'
  phase=create
  write_journal prepared || answer failed 31 'state_write: journal'
  closes=true # Until something is swapped, every answer is the end of it.
  "${mode}_prepare"
  [ "$mode" = command ] || has_room || { "${mode}_forget"; answer failed 32 "disk_full: $why"; }
  [ -z "$image" ] || keep_image previous "$image"
  write_journal swapping || { "${mode}_forget"; answer failed 31 'state_write: journal'; }
  phase=swap changed=true closes=false
  "${mode}_swap" || take_back
  leave_engine
  write_journal verifying # Not written, the next command undoes what this one did.
  verify
}
verify() {
  forward
  phase=verify
  if check_health "$fresh" "$success" "$grace" "$stable"; then healthy=true why=''; fi
  [ "$healthy.$auto" != false.1 ] || take_back
  to_the_end
  write_journal committing
  commit || answer failed 31 'state_write: it runs, and the next command will commit it'
  answer_committed
}
commit() { # Every line may be the last one before a power cut: done again, it comes to the same.
  target=$("${mode}_image" "$fresh")
  if ! { read_state current && [ "$s_id.$s_digest.$s_gen" = "$fresh.${ref##*@}.$by" ]; }; then
    [ "$s_image.$s_digest" = "$image.$kept" ] || s_owner='' s_gen=-1 s_healthy=true
    write_state prev "id=$id" "image=$image" "digest=$kept" "ref=${ref%@*}@$kept" "policy=$policy" "owner=$s_owner" "gen=$s_gen" "healthy=$s_healthy" &&
      write_current "$fresh" "$target" "${ref##*@}" "$ref" "$owner" "$by" "$healthy" || return
  fi
  "${mode}_commit"
  keep_image current "$target"
  free_image next
  closes=true
}
answer_committed() {
  phase='done' changed=true old=$kept new=${ref##*@} prev_ready=true
  [ "$healthy" = true ] || answer unhealthy 4 "$why"
  answer updated 0 ''
}
take_back() { # What a swap or its verification came to; `why` says it.
  to_the_end
  phase=undo reason=$why
  write_journal undoing
  "${mode}_back" || answer failed 41 "rollback_failed: $why; before that: $reason; see $dir/journal"
  leave_engine
  recall
  why=$reason
  answer_undone
}
recall() { # After the way back of an update: `current` is what it was, but for a container that was made again.
  if read_state current && [ -n "$id" ] && [ "$s_id" != "$id" ] && [ "$s_image" = "$image" ]; then
    write_current "$id" "$image" "$s_digest" "$s_ref" "$s_owner" "$s_gen" "$s_healthy"
  fi
  keep_previous
  closes=true
}
keep_previous() {
  if read_state prev && [ -n "$s_image" ]; then keep_image previous "$s_image"; fi
  free_image next
}
answer_undone() {
  phase=undo changed=true reason=$why old=$kept new=$kept
  [ -n "$id$kept" ] || answer rolled_back 2 "$reason"
  to_the_end
  check_health "$id" 1 "$grace" 0 || answer rolled_back_unhealthy 5 "back, but unhealthy: $why; the new one: $reason"
  healthy=true
  answer rolled_back 2 "$reason"
}

restore() {
  to_the_end
  recover
  [ "$resumed" != restored ] || answer_restored
  phase=inspect
  find_container || id=''
  put_here || {
    changed=false # By this restore; what a killed command had begun may have been undone first.
    passes "$id" && healthy=true
    answer unchanged 0 "generation $undoes did not put this container here"
  }
  fresh=${id:-$s_id} ref=$s_ref id='' image='' policy=''
  if read_state prev; then id=$s_id image=$s_image kept=$s_digest policy=$s_policy
  else "${mode}_prev" || answer failed 34 'no_previous: no earlier container is kept'; fi
  [ "$mode" != recreate ] || [ -z "$id" ] || exists "$id" || exists "$fresh" ||
    answer failed 34 'no_previous: neither the kept container nor the one in its place is left'
  [ -z "$id$kept" ] || "${mode}_is_kept" "$id" "$image" || pull_once "${ref%@*}@$kept" ||
    answer failed 34 'no_previous: the kept container is gone, and the registry does not have its image'
  [ "$mode" != command ] || conf rollback
  take_engine
  why=''
  write_journal restoring || answer failed 31 'state_write: journal'
  phase=undo changed=true
  "${mode}_back" || answer failed 41 "rollback_failed: $why"
  record_restore
  answer_restored
}
put_here() { # Whether the generation that is to be undone put here what runs, by the state file or else by the label.
  if read_state current; then
    [ "$s_owner.$s_gen" = "$owner.$undoes" ] && { [ -z "$id" ] || is_current; }
  else
    [ -n "$id" ] && [ "$(label longshore.owner "$id").$(label longshore.generation "$id")" = "$owner.$undoes" ]
  fi
}
record_restore() {
  if [ -z "$id$kept" ]; then rm -f "$dir/current" "$dir/prev"
  elif read_state prev; then
    write_current "$id" "$image" "$kept" "$s_ref" "$s_owner" "$s_gen" "$s_healthy" && keep_image current "$image"
    drop_state prev
  elif [ -n "$fresh" ] && read_state current && [ "$s_id" = "$fresh" ]; then
    drop_state current # `prev` was lost: what came back is nobody's.
  fi
  free_image previous
  leave_engine
  closes=true
}
answer_restored() {
  changed=true new=$kept phase=verify
  [ -n "$id$kept" ] || answer restored 0 'there was no such container before'
  check_health "$id" "$success" "$grace" "$stable" || answer rolled_back_unhealthy 5 "$why"
  healthy=true phase='done'
  answer restored 0 ''
}

# What a killed command left open. `resumed`: this command is that one, and goes on from there.
recover() {
  read_state journal || return 0
  phase=recover
  case $s_mode in recreate | compose | command) ;; *) damaged journal ;; esac
  [ "$s_owner" = "$owner" ] || damaged journal
  asked=$ref asked_mode=$mode mine=false same=false left=$s_phase said_healthy=$s_healthy
  [ "$s_mode.$s_op.$s_gen.$s_ref" != "$mode.update.$gen.$ref" ] || same=true
  [ "$s_op.$s_gen.$s_step" != "$op.$gen.$step" ] || mine=true
  ref=$s_ref mode=$s_mode id=$s_id image=$s_image kept=$s_digest policy=$s_policy fresh=$s_new why=$s_why by=$s_gen
  take_engine
  case $left.$same in
    prepared.*) "${mode}_forget"; keep_previous ;;
    swapping.* | undoing.* | verifying.false) undo_left && [ "$left.$mine" = undoing.true ] && resumed=undone ;;
    verifying.true) if "${mode}_resume"; then resumed=verifying changed=true old=$kept; else undo_left; fi ;;
    committing.*) finish_left && [ "$mine" = true ] && resumed=committed ;;
    restoring.*) restore_left && [ "$mine" = true ] && resumed=restored ;;
    *) damaged journal ;;
  esac
  leave_engine
  [ -z "$resumed" ] || return 0
  drop_state journal
  closes=false
  ref=$asked mode=$asked_mode id='' image='' kept='' policy='' fresh='' why='' by=$gen
}
undo_left() {
  changed=true reason=$why
  "${mode}_back" || answer failed 41 "rollback_failed: $why; before that: $reason"
  recall
  why=$reason
}
finish_left() {
  healthy=$said_healthy
  "${mode}_resume" # Nothing but a power cut stops what was verified and has no restart policy.
  commit || answer failed 31 'state_write: commit'
  [ "$mine" = true ] || healthy=false
}
restore_left() {
  changed=true
  "${mode}_back" || answer failed 41 "rollback_failed: $why"
  record_restore
}

probe() {
  to_the_end
  phase=inspect
  find_container || answer failed 33 "missing: no container is called $container"
  phase=verify
  check_health "$id" "$success" "$grace" "$stable" || answer unhealthy 4 "$why"
  healthy=true phase='done'
  answer healthy 0 ''
}
status() { # Waits for no lock: it says where the work of another command stands.
  to_the_end
  phase=idle
  if read_state journal; then phase=$s_phase; fi
  if read_state fence && [ "$s_owner" = "$owner" ]; then
    more=",\"fence_gen\":$s_gen,\"fence_step\":$s_step" fence=$s_gen.$s_step
    if read_state last && [ "$s_gen.$s_step" = "$fence" ]; then # Else the last one accepted has no result.
      more="$more,\"last_op\":\"$s_op\",\"last_outcome\":\"$s_outcome\",\"last_code\":$s_code"
    fi
  elif [ -n "$s_owner" ]; then why="foreign_owner: $s_owner"; fi
  if read_state prev && [ -n "$s_id$s_digest" ] && "${mode}_is_kept" "$s_id" "$s_image"; then prev_ready=true; fi
  find_container || {
    answers || answer status 0 "$NO_ENGINE"
    answer status 0 "missing: no container is called $container"
  }
  if [ "$mode" = command ] || is_alive "$id"; then healthy=true; fi
  answer status 0 "$why"
}

parse "${1:-}"
dir=$ROOT/$container phase=preflight by=$gen
case $op in
  update | restore)
    require_tools
    take_lock
    pass_fence
    "$op" ;;
  *) "$op" ;;
esac
