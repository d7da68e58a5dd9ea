#!/bin/sh
# Init of a room: a machine's mounts, network and processes of its own. $1 is its folder; $2 and $3 are the
# megabytes of a small disk for the Engine's data and for /var/lib/longshore, 0 for none.
# What is written to /etc, /var/lib and /root stays in the folder, over a power cut, as on a disk; /run does not.
set -eu
folder=$1
mount --make-rprivate /
ip link set lo up
for place in etc var/lib root; do
  name=$(printf %s "$place" | tr / -)
  mkdir -p "$folder/upper/$name" "$folder/work/$name"
  mount -t overlay overlay -o "lowerdir=/$place,upperdir=$folder/upper/$name,workdir=$folder/work/$name" "/$place"
done
mount -t tmpfs tmpfs /run
mkdir -p "$folder/data" "$folder/tmp"
[ "$2" = 0 ] || mount -t tmpfs -o "size=$2m" tmpfs "$folder/data"
[ "$3" = 0 ] || { mkdir -p /var/lib/longshore && mount -t tmpfs -o "size=$3m,mode=700" tmpfs /var/lib/longshore; }
echo ready
# A shell that waits for its own children buries the orphans too.
while :; do sleep 2; done
