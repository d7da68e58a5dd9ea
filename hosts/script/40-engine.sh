# Docker, never for longer than the command has: the Engine, its room, images.

RESERVE_KB=262144 # On a full disk a stopped container can be neither started nor renamed.

d() { bounded "$(seconds_left)" docker "$@"; }
exists() { [ -n "$1" ] && d inspect --type container -f . "$1"; }
label() { d inspect --type container -f "{{index .Config.Labels \"$1\"}}" "$2" | grep -vx '<no value>'; }
id_of() { # By its very name: a name like `db` may be the beginning of another's id, and the Engine would take that.
  d inspect --type container -f "{{if eq .Name \"/$1\"}}{{.Id}}{{end}}" "$1" | grep .
}
is_alive() { [ "$(d inspect --type container -f '{{.State.Running}} {{.State.Restarting}}' "$1")" = 'true false' ]; }
engine_post() { # engine_post PATH FILE: the Engine's own API, for what the command line cannot say.
  socket=$(d context inspect -f '{{.Endpoints.docker.Host}}')
  bounded "$(seconds_left)" curl -sS --noproxy '*' --unix-socket "${socket#unix://}" -H 'Content-Type: application/json' \
    --data-binary "@$2" "http://docker$1" 2>&1
}

require_tools() {
  for tool in docker curl flock awk df cksum; do
    command -v "$tool" || answer refused 42 "unfit_host: $tool is not installed"
  done
}
NO_ENGINE='docker_down: no Docker Engine answers'
answers() { [ "$mode" = command ] || bounded 2 docker version -f '{{.Server.Version}}'; }
require_engine() {
  case $(docker --version) in *odman*) answer refused 42 'unfit_host: Podman cannot take a restart policy off a container' ;; esac
  said=$(d version -f '{{.Server.APIVersion}} {{range .Server.Components}}{{.Name}},{{end}}') || answer failed 30 "$NO_ENGINE"
  case $said in *odman*) answer refused 42 'unfit_host: Podman cannot take a restart policy off a container' ;; esac
  minor=${said#*.} minor=${minor%% *}
  [ "${said%%.*}" -gt 1 ] || [ "$minor" -ge 41 ] || answer refused 42 "unfit_host: the Engine is older than 20.10 (API ${said%% *})"
}

# One command at a time pulls, or swaps: another's pull must not fill the disk while a container is stopped.
take_engine() {
  exec 8>>"$ROOT/.engine"
  until flock -n 8; do
    is_late && answer failed 36 'pull_failed: another command of this host pulls or swaps for too long'
    bounded_wait 1
  done
}
leave_engine() { exec 8>&-; }

has_room() { # 1: no; `why` says what is left.
  for folder in "$dir" "$(d info -f '{{.DockerRootDir}}')"; do
    [ -d "$folder" ] || continue # Of an Engine elsewhere.
    need=$RESERVE_KB
    [ "$folder" != "$dir" ] || need=1024
    free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
    why="${free:-0} KB are left in $folder, $need are needed"
    [ "${free:-0}" -ge "$need" ] || return
    why="under 5 % of the inodes are left in $folder"
    df -Pi "$folder" | awk 'NR == 2 && $2 > 0 && $4 * 20 < $2 { exit 1 }' || return
  done
  why=''
}

pull() { # What is there already needs no registry.
  d image inspect -f . "$ref" && return
  for pause in 1 3 0; do
    pull_once "$ref" && return
    case $said in *'no space left'*) answer failed 32 "disk_full: $said" ;; esac
    case $said in *'no matching manifest'* | *'does not match the specified platform'*) answer failed 46 "wrong_platform: $said" ;; esac
    ! is_about_auth || answer failed 38 "auth: $said"
    case $said in *'manifest unknown'* | *'not found'*) answer failed 37 "image_not_found: $said" ;; esac
    is_late && break
    bounded_wait "$pause"
  done
  answer failed 36 "pull_failed: ${said:-the registry did not answer in time}"
}
is_about_auth() {
  case $said in *'no basic auth'* | *nauthorized* | *denied* | *'uthentication required'* | *'getting credentials'* | 'no login'*) ;; *) return 1 ;; esac
}
pull_once() { # pull_once REF: as the host is set up; else, from ECR, with the host's own role.
  said=$(d pull -q "$1" 2>&1) && return
  is_about_auth || return
  host=${1%%/*}
  case $host in *.dkr.ecr.*.amazonaws.com* | *.dkr.ecr-fips.*.amazonaws.com* | *.dkr-ecr.*.on.aws) ;; *) return 1 ;; esac
  mkdir -p "$auth"
  if command -v docker-credential-ecr-login; then
    printf '{"credHelpers":{"%s":"ecr-login"}}' "$host" >"$auth/config.json"
    export AWS_ECR_DISABLE_CACHE=true # The helper would keep the token in root's home.
  elif command -v aws; then # The token lives for 12 hours: it goes by a pipe into a folder that does not stay.
    region=${host#*.dkr} region=${region#[.-]ecr} region=${region#-fips} region=${region#.}
    bounded "$(seconds_left)" aws ecr get-login-password --region "${region%%.*}" |
      d --config "$auth" login -u AWS --password-stdin "$host" || { said="no login, at $(date -u) by this host's clock: $said"; return 1; }
  else
    said='no login: this host has neither docker-credential-ecr-login nor the aws command'
    return 1
  fi
  said=$(d --config "$auth" pull -q "$1" 2>&1)
  pulled=$?
  rm -rf "$auth"
  return "$pulled"
}
require_platform() { # Another architecture than the host's is taken only where the old image has it as well.
  host=$(d version -f '{{.Server.Os}}/{{.Server.Arch}}')
  made=$(d image inspect -f '{{.Os}}/{{.Architecture}}' "$ref")
  [ "$made" = "$host" ] || { [ -n "$image" ] && [ "$made" = "$(d image inspect -f '{{.Os}}/{{.Architecture}}' "$image")" ]; } ||
    answer failed 46 "wrong_platform: the image is for $made, this host is $host"
}

# Images that are known by digest alone are dangling to `image prune`: a tag of ours keeps them. A container's
# name need not be a repository's, but it is always a tag.
keep_image() { d tag "$2" "longshore.local/$1:$container"; } # keep_image next|current|previous IMAGE
free_image() { d rmi "longshore.local/$1:$container"; }

digest_of() { # digest_of ID IMAGE: the digest that a container runs, as somebody once asked for it.
  named=$(d inspect -f '{{.Config.Image}}' "$1")
  case $named in *@sha256:*) echo "${named##*@}" && return ;; esac
  case ${named##*/} in *:*) named=${named%:*} ;; esac
  d image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$2" |
    awk -v one="${ref%@*}@" -v two="$named@" 'index($0, one) == 1 && one != "@" { best = $0 } index($0, two) == 1 { any = $0 }
      END { if (best == "") best = any; sub(/.*@/, "", best); print best }'
}
