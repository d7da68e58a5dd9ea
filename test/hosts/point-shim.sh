#!/bin/sh
# Stands before docker, curl, mv and rm in a command's PATH, and knows the calls that change something: each is
# a point, `docker rename#1`, `mv journal#2`. $POINTS is a folder: `calls` gets the name of every point that is
# passed. At $POINT it says so (`reached`) and never goes on; with $POINT_AFTER=1 it stops behind the call.
name=${0##*/} point='' # The first folder of PATH is our own.
real=$(PATH=${PATH#*:} && command -v "$name")

of_docker() {
  while [ $# -gt 0 ]; do
    case $1 in
      --config | --context | --host | --log-level | -H | -c | -l) shift 2 ;;
      -*) shift ;;
      *) break ;;
    esac
  done
  case $1 in
    create | rename | run | start | stop | kill | restart | update | rm | rmi | tag | pull) point="docker $1" ;;
    network) case $2 in connect | disconnect) point="docker network $2" ;; esac ;;
    container | image) case $2 in create | rename | start | stop | update | rm | tag | pull) point="docker $2" ;; esac ;;
    compose)
      for word; do
        case $word in up | down | stop | start | create | rm | kill | pull) point="docker compose $word" && return ;; esac
      done ;;
  esac
}
of_curl() {
  posts=false
  for word; do
    case $word in -d* | --data* | -XPOST | POST | DELETE) posts=true ;; esac
    case $word in http://docker/*) word=${word%%\?*} && path=${word##*/} ;; esac
  done
  [ "$posts.${path:-}" = "$posts." ] || [ "$posts" = false ] || point="curl $path"
}
of_file() { # Scratch files are no state: no other command reads them.
  for word; do :; done
  case ${word##*/} in probe | said.* | auth | request | own | image | networks | connect) return ;; esac
  case $word in
    "$LONGSHORE_ROOT"/*) point="$name ${word##*/}" ;;
  esac
}

case $name in
  docker) of_docker "$@" ;;
  curl) of_curl "$@" ;;
  *) of_file "$@" ;;
esac
if [ -n "$point" ]; then
  printf '%s\n' "$point" >>"$POINTS/calls"
  count=0
  while read -r call; do [ "$call" != "$point" ] || count=$((count + 1)); done <"$POINTS/calls"
  if [ "$point#$count" = "${POINT:-}" ]; then
    [ "${POINT_AFTER:-0}" = 0 ] || "$real" "$@"
    : >"$POINTS/reached"
    exec sleep 86400
  fi
fi
exec "$real" "$@"
