# Commands that the host's owner wrote: mode=command, and health=custom. They stand in /etc/longshore/<container>.conf,
# not in a policy: who may start a rollout must not thereby be root on a fleet.
#
# `apply=`, `rollback=`, `current=`, `health=`: each a line for `sh -c`. `current` prints the digest that runs, or
# nothing. Their output goes to the log; their exit codes mean something to the agent and are never passed on.

conf() { # conf KEY: sets `conf_line`. Only of a file that root alone can write.
  conf_file=/etc/longshore/$container.conf
  for part in /etc/longshore "$conf_file"; do
    [ -e "$part" ] || answer refused 51 "no_command: $conf_file is not there"
    [ -O "$part" ] && [ ! -L "$part" ] || answer refused 51 "no_command: $part is not root's own"
    case $(ls -ld "$part") in ?????w* | ????????w*) answer refused 51 "no_command: others than root may write $part" ;; esac
  done
  conf_line=$(sed -n "s/^$1=//p" "$conf_file" | head -n 1)
  [ -n "$conf_line" ] || answer refused 51 "no_command: $conf_file has no $1="
}
own_command() { # own_command KEY SECONDS. Not in $( ): the refusal would end the subshell alone, and a daemon hold it open.
  conf "$1"
  earlier=''
  [ -z "$kept" ] || earlier=${ref%@*}@$kept
  bounded "$2" env "LONGSHORE_REF=$ref" "LONGSHORE_DIGEST=${ref##*@}" "LONGSHORE_PREVIOUS_REF=$earlier" \
    "LONGSHORE_ROLLOUT=$rollout" "LONGSHORE_CONTAINER=$container" sh -c "$conf_line"
}
command_digest() { # `said`: the digest that runs, or nothing. No pipe, for a daemon would hold it open.
  [ -d "$dir" ] || mkdir -p "$dir"
  own_command current "$(seconds_left)" >"$dir/said.$$"
  ended=$?
  said=$(head -c 200 "$dir/said.$$")
  rm -f "$dir/said.$$"
  [ "$ended" = 0 ] || return
  case $said in '') return ;; *[!a-z0-9:]*) return 1 ;; esac
  [ ${#said} = 71 ] && [ "${said%"${said#sha256:}"}" = sha256: ]
}

command_find() {
  command_digest || answer failed 50 'custom_command: current= prints no digest'
  old=$said
  [ -n "$old" ]
}
command_refuse() {
  conf apply
  conf rollback
}
command_prepare() { :; }
command_forget() { :; }
command_swap() {
  own_command apply "$(seconds_left)" >&2 || { why="custom_command: apply= ended with $?"; return 1; }
  why='custom_command: after apply=, current= prints another digest'
  command_digest && [ "$said" = "${ref##*@}" ]
}
command_resume() { command_digest && [ "$said" = "${ref##*@}" ]; }
command_back() {
  own_command rollback "$(seconds_left)" >&2 || { why="custom_command: rollback= ended with $?"; return 1; }
  why='custom_command: after rollback=, current= prints another digest'
  command_digest && [ "$said" = "$kept" ]
}
command_image() { :; }
command_is_kept() { :; }
command_prev() { return 1; }
command_commit() { :; }
