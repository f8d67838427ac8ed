#!/bin/sh
# Installs everything that is needed to run and build cvmmap-streamer. Can be run repeatedly.
#
#   scripts/bootstrap.sh            for the product
#   scripts/bootstrap.sh --demo     also for the demo: a decoder
#   scripts/bootstrap.sh --faults   also for the fault suite: a decoder and the GStreamer headers
#   scripts/bootstrap.sh --tests    also for the tests: other RTP and RTMP implementations
#
# On Debian and Ubuntu, missing packages are installed with apt-get (with sudo if not root). On other systems,
# the script prints the packages to install, and continues.
set -eu
cd -- "$(dirname -- "$0")/.."

DENO_VERSION=2.9.6     # installed into the checkout if the deno on PATH is missing or too old
DENO_OLDEST=2.4.0
# Networks with a private certificate authority have it in the store of the system.
export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-mozilla,system}"

run_packages="libzmq5 libgstreamer1.0-0 libgstreamer-plugins-base1.0-0 gstreamer1.0-plugins-base
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gcc libc6-dev"
demo_packages="ffmpeg"
fault_packages="ffmpeg libgstreamer1.0-dev pkg-config"
test_packages="ffmpeg tshark gstreamer1.0-tools gstreamer1.0-libav libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libzmq3-dev pkg-config util-linux iproute2 procps nodejs
  nginx-light libnginx-mod-rtmp libgstrtspserver-1.0-0 prometheus chromium python3
  python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 python3-opencv mpv bash zsh fish man-db groff-base systemd"
arch_packages="zeromq gstreamer gst-plugins-base gst-plugins-good gst-plugins-bad gst-plugins-ugly gcc
  (demo, suites and tests: ffmpeg wireshark-cli gst-libav gst-rtsp-server nodejs npm)"
fedora_packages="zeromq gstreamer1 gstreamer1-plugins-base gstreamer1-plugins-good
  gstreamer1-plugins-bad-free gstreamer1-plugins-ugly gstreamer1-plugins-bad-freeworld gcc
  (the last two plugin sets from RPM Fusion; demo and tests: ffmpeg wireshark-cli gstreamer1-libav gstreamer1-rtsp-server nodejs npm)"

say() { echo "bootstrap: $*" >&2; }
fail() { say "$*"; exit 5; }

packages=$run_packages
tests=no
for argument in "$@"; do
  case "$argument" in
    --demo) packages="$packages $demo_packages" ;;
    --faults) packages="$packages $fault_packages" ;;
    --tests) packages="$packages $test_packages"; tests=yes ;;
    *) say "unknown argument \"$argument\": expected --demo, --faults or --tests"; exit 2 ;;
  esac
done

# at_least A B: whether version A is at least version B.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

deno_version() { "$1" --version 2>/dev/null | sed -n '1s/^deno \([0-9.]*\).*/\1/p'; }

install_with_apt() {
  missing=""
  for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "neither root nor sudo is available: install$missing yourself"
    sudo=sudo
  fi
  $sudo apt-get update -qq || fail "apt-get update failed"
  # shellcheck disable=SC2086 # the list is a list
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
    fail "apt-get could not install$missing"
}

say_what_to_install() {
  say "not Debian or Ubuntu: install these packages yourself if they are missing"
  say "  Arch:   pacman -S" $arch_packages
  say "  Fedora: dnf install" $fedora_packages
  command -v cc >/dev/null || fail "no C compiler found: install cc"
}

install_deno() {
  mkdir -p .cache/deno
  on_path=$(command -v deno || true)
  if [ -n "$on_path" ]; then
    version=$(deno_version "$on_path")
    if [ -n "$version" ] && at_least "$version" "$DENO_OLDEST"; then
      ln -sfn "$on_path" .cache/deno/bin
      return 0
    fi
    say "the deno on PATH is ${version:-unknown}, older than $DENO_OLDEST: not used"
  fi
  if [ "$(deno_version .cache/deno/bin)" = "$DENO_VERSION" ]; then return 0; fi
  if ! command -v npm >/dev/null; then
    packages="npm"
    if command -v apt-get >/dev/null; then install_with_apt; fi
    command -v npm >/dev/null || fail "neither deno $DENO_OLDEST or newer nor npm (to install it) was found"
  fi
  say "installing deno $DENO_VERSION from npm into .cache"
  # The install script of the package only links the binary, which is in a separate package. Link it here instead.
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix .cache/deno "deno@$DENO_VERSION" >&2 ||
    fail "npm could not install deno@$DENO_VERSION"
  for binary in .cache/deno/node_modules/@deno/*/deno; do
    [ -f "$binary" ] || continue
    chmod +x "$binary"
    ln -sfn "${binary#.cache/deno/}" .cache/deno/bin
  done
  [ "$(deno_version .cache/deno/bin)" = "$DENO_VERSION" ] || fail "the deno that npm installed does not run"
}

if command -v apt-get >/dev/null; then install_with_apt; else say_what_to_install; fi
install_deno
./scripts/build_native.sh
./scripts/deno install --quiet --frozen --entrypoint main.ts >&2 || fail "the npm packages could not be installed"
if [ "$tests" = yes ]; then
  command -v npm >/dev/null || fail "the tests need npm, for peers that run in Node.js"
  npm ci --silent --no-audit --no-fund --ignore-scripts --prefix tests/peers >&2 || fail "npm could not install tests/peers"
fi
say "ready, with deno $(deno_version .cache/deno/bin)"
