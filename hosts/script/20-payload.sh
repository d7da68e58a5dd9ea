# The payload, read and checked. Nothing of it has been used before `parse` is through.

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

parse() {
  case $1 in '' | *[!A-Za-z0-9+/=]*) bad 'not base64' ;; esac
  [ ${#1} -le 4096 ] || bad 'longer than 4096 characters'
  text=$(printf %s "$1" | base64 -d; printf x) # The x keeps the last line break.
  text=${text%x}
  [ "$(printf %s "$text" | base64 | tr -d '\n')" = "$1" ] || bad 'not text'
  [ "${text%?}" = "${text%
}" ] || bad 'the last line has no end'
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
      container) container=$value ;; mode) mode=$value ;; ref) ref=$value ;; auto) auto=$value ;; install) install=$value ;;
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
  [ -n "$owner" ] && [ ${#owner} -le 338 ] && [ -n "$rollout" ] && [ ${#rollout} -le 80 ] || bad 'owner or rollout'
  case $container in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) bad container ;; esac
  [ ${#container} -le 128 ] || bad container
  case $mode in recreate | compose | command) ;; *) bad mode ;; esac
  check_fields
}
check_fields() { # What only some actions, and some health checks, need.
  hex=${ref##*@sha256:}
  [ ${#ref} -le 512 ] || bad 'ref is too long'
  case $op in
    update)
      case $auto in [01]) ;; *) bad auto ;; esac
      case ${ref%@sha256:*}@$hex in [!a-z0-9]* | *@*[!a-f0-9]* | *[!A-Za-z0-9._:/-]*@*) bad ref ;; esac
      [ ${#hex} = 64 ] && [ "$ref" != "$hex" ] || bad 'ref has no digest' ;;
    restore) is_count "$undoes" || bad undoes ;;
    status) return ;;
  esac
  [ -z "$install" ] || [ "$op.$mode" = update.recreate ] || bad install
  case $health in
    none | container_running | docker_health | custom) ;;
    http)
      case $htls in [012]) ;; *) bad htls ;; esac
      case $hpath in /*) ;; *) bad hpath ;; esac
      is_count "$hcode" && is_port "$hport" || bad 'hcode or hport' ;;
    tcp) is_port "$hport" || bad hport ;;
    *) bad "health $health" ;;
  esac
}
