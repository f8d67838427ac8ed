#!/bin/bash
# Boots a real systemd in separate namespaces, and runs the system units there with a simulated producer: the template
# for one stream, and the unit for a configuration file.
# Checks restrictions, readiness, reload, watchdog, stop and invalid settings. Not part of the test suite: it needs
# root and the privilege to create namespaces (no unprivileged container).
#
#   tests/install/real_systemd.sh [EXECUTABLE]
#
# Prints "ok" or "FAILED" for each check. Exits with 0 if all passed.
set -u
root=$(cd -- "$(dirname -- "$0")/../.." && pwd)

if [ "${1:-}" != --boot ]; then
  executable=$(realpath "${1:-$root/dist/cvmmap-streamer}")
  work=$(mktemp -d)
  # The boot below creates this directory as a mount point.
  trap 'rm -rf "$work"; rmdir --ignore-fail-on-non-empty /etc/cvmmap-streamer' EXIT
  chmod 755 "$work"
  "$root/scripts/install.sh" --prefix "$work" --executable "$executable" --service-user daemon || exit
  # systemd needs a console; its output is discarded.
  script -qec "unshare --cgroup --fork --mount --pid --ipc --uts --kill-child --mount-proc bash $0 --boot $work" \
    /dev/null </dev/null >/dev/null &
  until [ -e "$work/done" ] || ! kill -0 $! 2>/dev/null; do sleep 0.2; done
  kill $! 2>/dev/null
  cat "$work/results"
  [ -e "$work/done" ] && ! grep -q FAILED "$work/results"
  exit
fi

work=$2
expect() { # NAME PATTERN COMMAND...
  local name=$1 pattern=$2 output
  shift 2
  output=$("$@" 2>&1)
  if grep -qE "$pattern" <<<"$output"; then echo "ok      $name"; else echo "FAILED  $name: $output"; fi
}
until_state() { # STATE: waits at most 30 s
  for _ in {1..150}; do
    [ "$(systemctl show -p ActiveState --value $service)" = "$1" ] && return
    sleep 0.2
  done
}
until_status() { # PATTERN: waits at most 30 s
  for _ in {1..150}; do
    systemctl show -p StatusText --value $service | grep -qE "$1" && return
    sleep 0.2
  done
}
expect_restart() {
  kill -STOP "$(systemctl show -p MainPID --value $service)"
  until [ "$(systemctl show -p NRestarts --value $service)" = 1 ]; do sleep 0.2; done
  until_state active
  expect "a hanging service is killed and restarted" '^active$' systemctl is-active $service
}
drive() {
  until systemctl show >/dev/null 2>&1; do sleep 0.1; done
  systemctl start producer
  drive_template
  drive_file
  touch "$work/done"
}
drive_template() {
  service=cvmmap-streamer@test
  expect "start returns when it is ready" '^0$' sh -c "systemctl start $service; echo \$?"
  local pid
  pid=$(systemctl show -p MainPID --value $service)
  expect "it has no capability" 'CapBnd:\s0+$' grep CapBnd "/proc/$pid/status"
  expect "system calls are filtered" 'Seccomp:\s2' grep Seccomp: "/proc/$pid/status"
  sleep 11
  expect "the watchdog is fed, and the status shows frames" 'StatusText=[0-9.]+ fps .* frames [1-9]' \
    systemctl show -p StatusText $service
  expect "the session description is in /run" 'H264/90000' cat /run/cvmmap-streamer/test/stream.sdp
  expect_restart
  systemctl stop $service
  expect "stop ends it gracefully" 'Result=success' systemctl show -p Result $service
  echo 'ARGS=--codec h266' >/etc/cvmmap-streamer/test.conf
  systemctl start $service
  sleep 3
  expect "invalid flags do not cause a restart" '^NRestarts=0 ExecMainStatus=2 ActiveState=failed ' \
    sh -c "systemctl show -p ActiveState,ExecMainStatus,NRestarts $service | sort -r | tr '\n' ' '"
}
write_streams() { # NAME...
  printf '[http]\naddress = "127.0.0.1:29100"\n'
  printf '[defaults]\ncodec = "h264"\ntarget = "test"\nrtp = true\nrtp-endpoint = "127.0.0.1:9"\n'
  for name in "$@"; do printf '[streams.%s]\nrtp-sdp = "%s.sdp"\n' "$name" "$name"; done
}
drive_file() {
  service=cvmmap-streamer
  local file=/etc/cvmmap-streamer/streams.toml before
  write_streams front >$file
  expect "file: start returns when it is ready" '^0$' sh -c "systemctl start $service; echo \$?"
  before=$(systemctl show -p MainPID --value $service)
  until_status '1 listening'
  expect "file: the status shows its streams" 'StatusText=1 stream: 1 listening' systemctl show -p StatusText $service
  expect "file: the session description is in /run" 'H264/90000' cat /run/cvmmap-streamer/streams/front.sdp
  expect "file: HTTP answers" '"status":"ok"' \
    timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/29100; printf "GET /healthz HTTP/1.0\r\n\r\n" >&3; cat <&3'
  write_streams front rear | sed '/streams.rear/a rtp-endpoint = "127.0.0.1:19"' >$file
  systemctl reload $service
  until_status '2 listening'
  expect "file: reload adds a stream" 'StatusText=2 streams: 2 listening' systemctl show -p StatusText $service
  echo 'gop = "many"' >>$file
  systemctl reload $service
  sleep 2
  expect "file: a mistake changes nothing" 'StatusText=2 streams: 2 listening' systemctl show -p StatusText $service
  expect "file: all of that is one process" "^$before\$" systemctl show -p MainPID --value $service
  write_streams front >$file
  expect_restart
  systemctl stop $service
  expect "file: stop ends it gracefully" 'Result=success' systemctl show -p Result $service
}

mount --make-rprivate /
mount --bind "$(tty)" /dev/console
mount -t tmpfs tmpfs /run
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /var/cache
mkdir -p /etc/cvmmap-streamer
mount -t tmpfs tmpfs /etc/cvmmap-streamer
echo 'ARGS=--codec h264 --target test --rtp --rtp-endpoint 127.0.0.1:9 --rtp-sdp stream.sdp' \
  >/etc/cvmmap-streamer/test.conf
units=$work/units
mkdir "$units"
cp "$work/lib/systemd/system/"cvmmap-streamer*.service "$units"
for target in basic sysinit multi-user shutdown network-online; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
printf '[Service]\nUser=daemon\nExecStart=%s simulate --target test\n' "$work/bin/cvmmap-streamer" \
  >"$units/producer.service"
drive >"$work/results" 2>&1 &
# Only the units of this test are available.
container=test SYSTEMD_UNIT_PATH=$units exec /lib/systemd/systemd --system --unit=basic.target >"$work/log" 2>&1
