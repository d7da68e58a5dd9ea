# mode=recreate: the container is made again from its own settings, with another image, through the Engine's API.
#
# - The create request is JSON that the Engine's own templates print: nothing is quoted for a shell. What the
#   container has from its image is left out, or the new image's own settings would never show.
# - The old container is kept, stopped, its restart policy taken off: armed, it comes back at the next reboot and
#   fights for the port. It is stopped only when the new one exists, and disarmed only when the new one bears its name.
# - Names: <container>.longshore-new before a swap, .longshore-kept.<gen>.<step> after it, .longshore-back where a
#   kept one has to be made again. Never `docker rm -v`: both versions share the volumes.

recreate_find() { # The container of that very name. 1: there is none.
  id=$(id_of "$container") || return
  image=$(d inspect -f '{{.Image}}' "$id")
  old=$(digest_of "$id" "$image")
}
recreate_image() { [ -z "$1" ] || d inspect --type container -f '{{.Image}}' "$1"; }
recreate_refuse() { # What somebody else makes would be made again by them; what others hang on by id would leave them behind.
  case $(d inspect -f '{{range $k, $v := .Config.Labels}}{{println $k}}{{end}}' "$id") in
    *com.docker.compose.* | *com.docker.swarm.* | *com.amazonaws.ecs.* | *io.kubernetes.*)
      answer refused 43 'managed_by_compose: Compose or another orchestrator owns this container' ;;
  esac
  [ "$(d inspect -f '{{.HostConfig.AutoRemove}}' "$id")" = false ] || answer refused 35 'autoremove: a container with --rm cannot be kept'
  refuse_dependents
  d image inspect -f . "$image" || answer refused 48 'inspect_incomplete: the image of the running container is gone'
}
refuse_dependents() {
  # shellcheck disable=SC2046 # Ids are words.
  d inspect --type container -f '{{with .HostConfig}}{{.NetworkMode}} {{.PidMode}} {{.IpcMode}} {{.Links}}{{end}}' $(d ps -aq --no-trunc) |
    grep -F -e "container:$id" -e "/$container:" && answer refused 48 'inspect_incomplete: another container shares its network, or is linked to it, by id'
}

lines_of() { d inspect --type container -f "$1" "$from"; }
own() { # own TEMPLATE: the lines that the container has and its image does not, joined by commas.
  lines_of "$1" >"$dir/own" && d image inspect -f "$1" "$from_image" >"$dir/image" || return
  awk -v image="$dir/image" 'BEGIN { while ((getline row < image) > 0) has[row] }
    $0 != "" && !($0 in has) && $0 !~ /^"longshore\./ { printf "%s", sep; printf "%s", $0; sep = "," }' "$dir/own"
}
own_fields() { # Given an Entrypoint, the Engine forgets the image's Cmd: then both are said, be they the image's or not.
  keeps_entry=false
  case $(lines_of '{{len .Config.Cmd}}').$(d image inspect -f '{{len .Config.Cmd}}' "$from_image") in 0.0) ;; 0.*) keeps_entry=true ;; esac
  for field in Entrypoint Cmd User WorkingDir StopSignal Healthcheck; do
    has=$(lines_of "{{json .Config.$field}}") || return
    if [ "$has" = "$(d image inspect -f "{{json .Config.$field}}" "$from_image")" ]; then
      case $field.$keeps_entry in Entrypoint.true | Cmd.true) ;; *) continue ;; esac
    elif [ "$field" = Entrypoint ]; then keeps_entry=true; fi
    printf ',"%s":%s' "$field" "$has"
  done
  for field in StopTimeout MacAddress; do # Not known to every Engine.
    has=$(lines_of "{{json .Config.$field}}") || continue
    case $has in null | '""') ;; *) printf ',"%s":%s' "$field" "$has" ;; esac
  done
}
own_hostname() { # But for the Engine's own choice: the beginning of the container's id, or the host's own name.
  case $(lines_of '{{.HostConfig.NetworkMode}}') in
    container:*) return ;;
    host) chosen=$(d info -f '{{.Name}}') ;;
    *) chosen=$(printf %.12s "$from") ;;
  esac
  [ "$(lines_of '{{.Config.Hostname}}')" = "$chosen" ] || lines_of ',"Hostname":{{json .Config.Hostname}}'
  lines_of ',"Domainname":{{json .Config.Domainname}}'
}
without() { # without "KEY KEY": the JSON object of standard input, less these members, and without its last brace.
  awk -v drop="$1" '
    function member(text, key) {
      key = substr(text, 2); key = substr(key, 1, index(key, "\"") - 1)
      if (index(" " drop " ", " " key " ") == 0) { printf "%s", sep; printf "%s", text; sep = "," }
    }
    { printf "{"; last = length($0); from = 2
      for (i = 2; i < last; i++) {
        c = substr($0, i, 1)
        if (quoted) { if (c == "\\") i++; else if (c == "\"") quoted = 0 }
        else if (c == "\"") quoted = 1
        else if (c == "{" || c == "[") deep++
        else if (c == "}" || c == "]") deep--
        else if (c == "," && deep == 0) { member(substr($0, from, i - from)); from = i + 1 }
      }
      member(substr($0, from, last - from)) }'
}
# Volumes without a name are asked for by the name that the Engine gave them, or they would silently be new ones.
BINDS='{{range .HostConfig.Binds}}{{json .}}{{"\n"}}{{end}}{{range $m := .Mounts}}{{if eq .Type "volume"}}{{$known := false}}{{range $.HostConfig.Binds}}{{if eq (index (split . ":") 1) $m.Destination (printf "%s/" $m.Destination)}}{{$known = true}}{{end}}{{end}}{{range $.HostConfig.Mounts}}{{if and (eq .Target $m.Destination (printf "%s/" $m.Destination)) .Source}}{{$known = true}}{{end}}{{end}}{{if not $known}}{{if .RW}}{{json (printf "%s:%s" .Name .Destination)}}{{else}}{{json (printf "%s:%s:ro" .Name .Destination)}}{{end}}{{"\n"}}{{end}}{{end}}{{end}}'
MOUNTS='{{range .HostConfig.Mounts}}{{if or (ne .Type "volume") .Source}}{{json .}}{{"\n"}}{{end}}{{end}}'
joined() { grep . | paste -sd, -; }
host_config() {
  lines_of '{{json .HostConfig}}' | without 'Binds Mounts ContainerIDFile' || return
  binds=$(lines_of "$BINDS") && mounts=$(lines_of "$MOUNTS") || return
  printf ',"Binds":[%s],"Mounts":[%s]}' "$(printf %s "$binds" | joined)" "$(printf %s "$mounts" | joined)"
}
# Engines before 25 name a container's first digits among its aliases; they are not the new one's.
endpoint() {
  printf '{"IPAMConfig":{{json $e.IPAMConfig}},"Links":{{json $e.Links}},"DriverOpts":{{json $e.DriverOpts}},"Aliases":['
  printf '{{$c := ""}}{{range $e.Aliases}}{{if ne . "%.12s"}}{{$c}}{{json .}}{{$c = ","}}{{end}}{{end}}]}' "$from"
}
# Before API 1.44 a container is made with one network, its mode's own; the others are connected before its start.
IS_MAIN='$mode := printf "%s" .HostConfig.NetworkMode}}{{range $n, $e := .NetworkSettings.Networks}}{{if or (eq $n $mode) (eq $e.NetworkID $mode) (and (eq $mode "default") (eq $n "bridge"))'
write_request() { # write_request FROM IMAGE: the settings of the container FROM, for IMAGE.
  from=$1
  from_image=$(recreate_image "$1") || return
  env=$(own '{{range .Config.Env}}{{json .}}{{"\n"}}{{end}}') || return
  labels=$(own '{{range $k, $v := .Config.Labels}}{{json $k}}:{{json $v}}{{"\n"}}{{end}}') || return
  ports=$(own '{{range $k, $v := .Config.ExposedPorts}}{{json $k}}:{}{{"\n"}}{{end}}') || return
  fields=$(own_fields && own_hostname) || return
  terminal=$(lines_of '"Tty":{{json .Config.Tty}},"OpenStdin":{{json .Config.OpenStdin}},"StdinOnce":{{json .Config.StdinOnce}}') || return
  host_part=$(host_config) || return
  main=''
  case $(lines_of '{{.HostConfig.NetworkMode}}') in
    host | none | container:*) ;;
    *)
      main=$(lines_of "{{$IS_MAIN}}{{json \$n}}:$(endpoint){{end}}{{end}}") && [ -n "$main" ] || return ;;
  esac
  {
    printf '{"Image":"%s",%s%s,"Env":[%s],"ExposedPorts":{%s}' "$2" "$terminal" "$fields" "$env" "$ports"
    printf ',"Labels":{"longshore.owner":"%s","longshore.generation":"%s"%s}' "$owner" "$gen" "${labels:+,$labels}"
    printf ',"HostConfig":%s,"NetworkingConfig":{"EndpointsConfig":{%s}}}' "$host_part" "$main"
  } >"$dir/request"
}
create() { # create NAME: from $dir/request; sets `made`, or `why`.
  d rm -f "$1"
  why=$(engine_post "/containers/create?name=$1" "$dir/request")
  rm -f "$dir/request" "$dir/own" "$dir/image" # Settings may be secret.
  made=$(id_of "$1") || return
  [ -n "$from" ] || return 0
  lines_of "{{$IS_MAIN}}{{else}}{{println \$e.NetworkID}}{{end}}{{end}}" >"$dir/networks" || return
  while read -r network; do
    case $(lines_of '{{.HostConfig.NetworkMode}}') in host | none | container:*) break ;; esac
    lines_of "{\"Container\":\"$made\",\"EndpointConfig\":{{range \$n, \$e := .NetworkSettings.Networks}}{{if eq \$e.NetworkID \"$network\"}}$(endpoint){{end}}{{end}}}" >"$dir/connect" || return
    why=$(engine_post "/networks/$network/connect" "$dir/connect") && [ -z "$why" ] || return
  done <"$dir/networks"
}

recreate_prepare() { # `fresh`: the new container, made and not started.
  from=''
  if [ -n "$id" ]; then write_request "$id" "$ref" || answer failed 48 'inspect_incomplete: the settings of the container cannot be read'
  else printf %s "$install" | base64 -d >"$dir/request"; fi
  create "$container.longshore-new" || { said=$why; recreate_forget; answer failed 39 "create_failed: $said"; }
  fresh=$made
  [ "$(recreate_image "$fresh")" = "$target" ] || { recreate_forget; answer failed 39 'create_failed: it was made from another image'; }
  [ -z "$id" ] || policy=$(policy_of "$id")
  why=''
}
recreate_forget() { d rm -f "$container.longshore-new"; }

policy_of() { d inspect --type container -f '{{with .HostConfig.RestartPolicy}}{{or .Name "no"}}{{if .MaximumRetryCount}}:{{.MaximumRetryCount}}{{end}}{{end}}' "$1"; }
kept_names() { printf '^/%s[.]longshore-kept[.]' "$(printf %s "$container" | sed 's/[.]/[.]/g')"; }
is_named() { [ "$(d inspect --type container -f '{{.Name}}' "$1")" = "/$container" ]; }
set_patience() { # The Engine goes on with a stop whose client was killed, and ends what has been started again since.
  patience=$(d inspect --type container -f '{{json .Config.StopTimeout}}' "$1")
  most=$(($(seconds_left) - 5))
  [ "$most" -ge 1 ] || most=1
  is_count "$patience" || [ "$patience" = -1 ] || patience=10
  if [ "$patience" = -1 ] || [ "$patience" -gt "$most" ]; then patience=$most; fi
}
stop_in_time() {
  set_patience "$1"
  d stop -t "$patience" "$1"
}
recreate_swap() { # The old container out, the new one in; `why` says what went wrong.
  if [ -n "$id" ]; then
    why='the old container cannot be stopped or renamed'
    stop_in_time "$id" && d rename "$id" "$container.longshore-kept.$gen.$step" || return
  fi
  why='the new container cannot be renamed'
  d rename "$fresh" "$container" || return
  [ -z "$id" ] || d update --restart=no "$id"
  why=$(d start "$fresh" 2>&1)
}
recreate_resume() { exists "$fresh" && is_named "$fresh" && { is_alive "$fresh" || d start "$fresh"; }; }

# From any point of a swap, or of a way back that was cut off: `id` runs again, in the place of `fresh`.
recreate_back() {
  if [ -z "$id" ]; then # There was nothing before.
    d rm -f "$fresh"
    d rm -f "$container.longshore-new"
    ! exists "$fresh"
    return
  fi
  if ! exists "$id"; then remake || return; fi
  # A stop whose client was killed may still be to come; where one has ended, none is.
  ! exists "$fresh" || ! is_alive "$id" || stop_in_time "$id"
  d logs --tail 50 "$fresh" >&2
  ! is_alive "$fresh" || stop_in_time "$fresh" # Volumes are shared: what writes to them is asked first.
  d rm -f "$fresh"
  d rm -f "$container.longshore-new"
  is_named "$id" || d rename "$id" "$container" || { why='the old container cannot have its name again'; return 1; }
  d update --restart="$policy" "$id"
  why=$(d start "$id" 2>&1)
  is_named "$id" && is_alive "$id" && why=''
}
remake() { # The kept container is gone: it is made again, from the settings of the one that took its place.
  for name in "$container.longshore-back" "$container"; do # An earlier try may have come so far.
    made=$(id_of "$name") && [ "$made" != "$fresh" ] && [ "$(recreate_image "$made")" = "$image" ] && id=$made && return
  done
  why='neither the kept container nor the one in its place is there'
  exists "$fresh" || return
  why='the earlier image is neither here nor in the registry'
  earlier=${ref%@*}@$kept
  d image inspect -f . "$image" || pull_once "$earlier" || return
  [ "$(d image inspect -f '{{.Id}}' "$earlier")" = "$image" ] || earlier=$image
  why='the settings of the container cannot be read'
  write_request "$fresh" "$earlier" && create "$container.longshore-back" || return
  id=$made
}
recreate_commit() { # One earlier container is kept, and no more; nor its image, where it was asked for by digest, as we do.
  d ps -aq --no-trunc --filter "name=$(kept_names)" | while read -r other; do
    [ "$other" != "$id" ] || continue
    gone=$(d inspect -f '{{.Image}} {{.Config.Image}}' "$other")
    d rm "$other"
    case $gone in "$image "* | "$target "*) ;; *@sha256:*) d rmi "${gone#* }" ;; esac
  done
}
recreate_is_kept() { exists "$1" || d image inspect -f . "$2"; } # recreate_is_kept ID IMAGE: going back needs no registry.
recreate_prev() { # The state files are lost: the kept container says the rest. Its own restart policy was taken off.
  id=$(d ps -aq --no-trunc --filter "name=$(kept_names)" | head -n 1)
  [ -n "$id" ] || return
  image=$(recreate_image "$id")
  kept=$(digest_of "$id" "$image")
  policy=$(policy_of "$fresh")
}
