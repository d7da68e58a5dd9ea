# mode=compose: a service of a Docker Compose project, swapped by Compose itself.
#
# - The person's files stay as they are. They are those that the container's labels name; behind them comes one of
#   ours, $dir/compose.yaml, that says the image (and our labels) and nothing else.
# - Compose keeps no earlier container: the way back makes one from the earlier image. Volumes without a name move along.
# - A swap would bring along whatever else has changed in the files since: it is refused (44).
# - A Compose that is killed leaves a half, <12 digits>_<container>, which the next one starts and never renames: we do.
# - Paths from labels are arguments, never shell text. The plugin is called itself: killed, `docker` would leave it behind.
#
# policy: where the old container was made by the person's own files alone, its config hash and its image's name.

fields=$IFS patience=''
compose_find() { recreate_find; }
compose_image() { recreate_image "$1"; }
compose_resume() { recreate_resume; }
compose_commit() { :; }

compose_about() { # compose_about CONTAINER: what its labels say. `ours`: whether our file made it as well.
  override=$dir/compose.yaml files='' ours=false
  project=$(label com.docker.compose.project "$1")
  service=$(label com.docker.compose.service "$1")
  base=$(label com.docker.compose.project.working_dir "$1")
  environments=$(label com.docker.compose.project.environment_file "$1")
  for word in "$project" "$service"; do
    case $word in '' | -* | *[!A-Za-z0-9._-]*) return 1 ;; esac
  done
  named=$(label com.docker.compose.project.config_files "$1")
  set -f
  IFS=,
  for file in $named; do
    if [ "$file" = "$override" ]; then ours=true; else files=$files${files:+,}$file; fi
  done
  IFS=$fields
  set +f
  [ -n "$base" ] && [ -n "$files" ]
}
find_compose() { # Before 2.30 the config hash depended on which other services a call was about.
  plugin=$(d info -f '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{println .Path}}{{end}}{{end}}' | head -n 1)
  version=$([ -z "$plugin" ] || bounded "$(seconds_left)" "$plugin" version --short)
  why="unfit_host: Docker Compose ${version:-v2} is missing or too old: the plugin has to be 2.30 or newer"
  version=${version#v} major=${version%%.*} minor=${version#*.}
  minor=${minor%%[!0-9]*}
  is_count "$major" && is_count "$minor" && [ $((major * 1000 + minor)) -ge 2030 ]
}
compose() { # compose ARGUMENT…: over the person's files, and `over`.
  count=$#
  set -f
  IFS=,
  for file in $files${over:+,$over}; do set -- "$@" -f "$file"; done
  for file in $environments; do set -- "$@" --env-file "$file"; done
  IFS=$fields
  set +f
  while [ "$count" -gt 0 ]; do # The arguments proper go last.
    set -- "$@" "$1"
    shift
    count=$((count - 1))
  done
  bounded "$(seconds_left)" env "HOME=${HOME:-/root}" "$plugin" -p "$project" --project-directory "$base" "$@"
}
up() { # up FLAG…: this service alone, from what is here.
  compose "$@" --progress plain up -d ${patience:+-t "$patience"} --no-deps --no-build --pull never --remove-orphans=false --no-color "$service" 2>&1
}
config_hash() { # `config --hash` does not read what env_file names; over what `config` has worked out, it gives the label's.
  compose config "$service" |
    (files=- over='' environments='' && compose --profile '*' config --hash "$service") | awk '{ print $2 }'
}
plan() { # plan WORD…: whether `up` would do these things, to this very container, and nothing else. Else `why`.
  planned=$(up --dry-run)
  printf '%s\n' "$planned" >&2
  why=$(printf '%s\n' "$planned" | awk -v name="$container" -v words=" $* " '
    /Recreate \(data will be lost\)/ { print; exit }
    $1 != "DRY-RUN" { last = $0; next }
    { at = $5; cut = index(at, "_")
      if (cut > 11 && cut < 14 && at ~ /^[0-9a-f]+_/ && substr(at, cut + 1) == name) at = name # Its half.
      if ($4 != "Container" || at != name || index(words, " " $6 " ") == 0) { sub(/.*MODE - */, ""); print; exit }
      done = 1 }
    END { if (!done) print last }' | head -n 1)
  [ -z "$why" ] && [ -n "$planned" ]
}
write_override() { # write_override FILE IMAGE OWNER GENERATION: whole or not at all.
  case $2$3$4 in *[!A-Za-z0-9._:/@+=-]*) return 1 ;; esac
  printf 'services: {"%s": {image: "%s", labels: {longshore.owner: "%s", longshore.generation: "%s"}}}\n' \
    "$service" "$2" "$3" "$4" >"$1.tmp" && flush "$1.tmp" && mv -f "$1.tmp" "$1" && flush "$dir"
}

halves() { d ps -aq --no-trunc --filter label=com.docker.compose.replace --filter "name=^/[0-9a-f]{12}_$(printf %s "$container" | sed 's/[.]/[.]/g')\$"; }
settle() { # What a Compose that was killed has left: the half goes, or takes the name of the container that it replaced.
  halved=false
  while [ "$(d inspect --type container -f '{{.State.Status}}' "$container")" = removing ] && ! is_late; do bounded_wait 1; done
  for half in $(halves); do
    halved=true
    if id_of "$container"; then d rm -f "$half"; else d rename "$half" "$container"; fi # Never -v: the volumes are in use.
  done
}

compose_refuse() {
  compose_about "$id" || answer refused 48 'inspect_incomplete: it has not the labels of a Docker Compose service'
  find_compose || answer refused 42 "$why"
  peers=$(d ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False)
  [ "$(printf '%s\n' "$peers" | grep -vxF -e "$(halves)")" = "$id" ] || [ "$peers" = "$id" ] ||
    answer refused 48 'inspect_incomplete: the service has several containers, or this one was made by `docker compose run`'
  refuse_dependents
  refuse_changed "$id"
}
refuse_changed() { # refuse_changed CONTAINER: whether the files still make what runs. Where the hash cannot tell, Compose can.
  over=''
  if [ "$ours" = true ]; then
    write_override "$override" "$(d inspect -f '{{.Config.Image}}' "$1")" "$(label longshore.owner "$1")" "$(label longshore.generation "$1")" ||
      answer failed 31 "state_write: $override"
    over=$override
  fi
  [ "$(config_hash)" = "$(label com.docker.compose.config-hash "$1")" ] || plan Running Starting Started ||
    answer refused 44 "drift: the Compose files, or their environment, are not what made this container; run docker compose up -d first. $why"
}

compose_prepare() {
  settle
  over=$dir/compose.next.yaml
  write_override "$over" "$ref" "$owner" "$gen" || answer failed 31 "state_write: $over"
  plan Recreate Recreated Starting Started || {
    compose_forget
    answer refused 44 "drift: docker compose would do more than this swap; run docker compose up -d first. It says: $why"
  }
  policy=''
  [ "$ours" = true ] || policy="$(label com.docker.compose.config-hash "$id") $(d inspect -f '{{.Config.Image}}' "$id")"
}
compose_forget() { rm -f "$dir/compose.next.yaml"; }
compose_swap() {
  over=$override
  why="state_write: $override"
  mv -f "$dir/compose.next.yaml" "$override" && flush "$dir" || return
  bring_up "$id" && fresh=$(id_of "$container") || return
  why='Compose made it from another image'
  [ "$(recreate_image "$fresh")" = "$target" ]
}
bring_up() { # bring_up CONTAINER: which has the name so far.
  set_patience "$1"
  why=$(up) && return
  printf '%s\n' "$why" >&2
  why=$(printf '%s\n' "$why" | tail -n 1)
  return 1
}

# From any point of a swap, or of a way back that was cut off: what has the name runs the earlier image.
compose_back() {
  why='none of the containers of the service is left'
  settle
  at=$(id_of "$container") && compose_about "$at" || return
  if [ "$(recreate_image "$at")" = "$image" ]; then # Compose had not come to it, or is through with it.
    [ "$halved" = false ] || stop_in_time "$at" # The Engine may be about to, for a Compose that was killed.
    why=$(d start "$at" 2>&1)
  else
    d logs --tail 50 "$at" >&2
    find_compose && say_earlier && bring_up "$at" && at=$(id_of "$container") || return
    why='Compose made it from another image'
    [ "$(recreate_image "$at")" = "$image" ] || return
  fi
  id=$at
  is_named "$id" && is_alive "$id" && why=''
}
say_earlier() { # The person's own files where they say the earlier image still, else ours.
  over='' named=${policy#* }
  if [ -n "$policy" ] && [ "$(d image inspect -f '{{.Id}}' "$named")" = "$image" ] && [ "$(config_hash)" = "${policy%% *}" ]; then
    rm -f "$override"
    return
  fi
  why='the earlier image is neither here nor in the registry'
  over=$override named=${ref%@*}@$kept
  d image inspect -f . "$image" || pull_once "$named" || return
  if [ "$(d image inspect -f '{{.Id}}' "$named")" != "$image" ]; then # It came from another repository.
    keep_image current "$image" || return
    named=longshore.local/current:$container
  fi
  why="state_write: $override"
  write_override "$override" "$named" "$owner" "$gen"
}
compose_prev() { # The state files are lost: the tag is what is left.
  image=$(d image inspect -f '{{.Id}}' "longshore.local/previous:$container") || return
  kept=$(d image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$image" | sed -n '1s/.*@//p')
  id=$image # Of the container that had it nothing is left, and nothing needed.
}
compose_is_kept() { # Asked too before a way back, when nothing has been touched.
  if [ "$op.$phase" = restore.inspect ]; then
    compose_about "$fresh" || answer failed 33 'missing: nothing is left that says where its Compose files are'
    find_compose || answer refused 42 "$why"
    refuse_changed "$fresh"
  fi
  d image inspect -f . "$2"
}
