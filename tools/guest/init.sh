#!/bin/sh
# First program of the guest: mounts the host's file system read-only under a layer of memory, so that Node
# and this repository are at the same paths, and starts the agent of the tests there.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin NO_COLOR=1 HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
for module in $(cat /modules); do insmod "/lib/modules/$module"; done
mkdir -p /lower /layer /new
mount -t tmpfs layer /layer
mkdir /layer/upper /layer/work
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 host /lower
mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work overlay /new
for folder in proc sys dev; do mount --move /$folder /new/$folder; done
mount -t tmpfs run /new/run
mount -t tmpfs tmp /new/tmp
mkdir /new/run/guest
cp -r /udev /new/run/guest/
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
arguments=$(cat /new/proc/cmdline)
chroot /new "$(echo "$arguments" | sed 's/.* node=\([^ ]*\).*/\1/')" \
  "$(echo "$arguments" | sed 's/.* agent=\([^ ]*\).*/\1/')"
echo "The agent ended with $?"
echo o > /new/proc/sysrq-trigger
sleep 60
