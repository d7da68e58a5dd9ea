# Commands that the host's owner wrote: mode=command, and health=custom. They stand in /etc/longshore/<container>.conf,
# not in a policy: who may start a rollout must not thereby be root on a fleet.
#
# `apply=`, `rollback=`, `current=`, `health=`: each a line for `sh -c`. `current` prints the digest that runs, or
# nothing. Their output goes to the log; their exit codes mean something to the agent and are never passed on.

conf() { # conf KEY: its line. Only of a file that root alone can write.
  file=/etc/longshore/$container.conf
  for part in /etc/longshore "$file"; do
    [ -e "$part" ] || answer refused 51 "no_command: $file is not there"
    [ -O "$part" ] && [ ! -L "$part" ] || answer refused 51 "no_command: $part is not root's own"
    case $(ls -ld "$part") in ?????w* | ????????w*) answer refused 51 "no_command: others than root may write $part" ;; esac
  done
  sed -n "s/^$1=//p" "$file" | head -n 1
}
require_command() { [ -n "$(conf "$1")" ] || answer refused 51 "no_command: $file has no $1="; }
own_command() { # own_command KEY SECONDS
  earlier=''
  [ -z "$kept" ] || earlier=${ref%@*}@$kept
  bounded "$2" env "LONGSHORE_REF=$ref" "LONGSHORE_DIGEST=${ref##*@}" "LONGSHORE_PREVIOUS_REF=$earlier" \
    "LONGSHORE_ROLLOUT=$rollout" "LONGSHORE_CONTAINER=$container" sh -c "$(conf "$1")"
}
command_digest() {
  said=$(own_command current "$(seconds_left)") || return
  case $said in '') return ;; *[!a-z0-9:]*) return 1 ;; esac
  [ ${#said} = 71 ] && [ "${said%"${said#sha256:}"}" = sha256: ] && echo "$said"
}

command_find() {
  require_command current
  old=$(command_digest) || answer failed 50 'custom_command: current= prints no digest'
  [ -n "$old" ]
}
command_refuse() {
  require_command apply
  require_command rollback
}
command_prepare() { :; }
command_forget() { :; }
command_swap() {
  own_command apply "$(seconds_left)" >&2 || { why="custom_command: apply= ended with $?"; return 1; }
  why='custom_command: after apply=, current= prints another digest'
  [ "$(command_digest)" = "${ref##*@}" ]
}
command_resume() { [ "$(command_digest)" = "${ref##*@}" ]; }
command_back() {
  own_command rollback "$(seconds_left)" >&2 || { why="custom_command: rollback= ended with $?"; return 1; }
  why='custom_command: after rollback=, current= prints another digest'
  [ "$(command_digest)" = "$kept" ]
}
command_image() { :; }
command_is_kept() { :; }
command_prev() { return 1; }
command_commit() { :; }
