#!/bin/sh
# Creates the files of a release in dist/release:
#
# - for each architecture the executable, and an archive of the executable, the manual page, the completions
#   and the systemd unit, to be unpacked in /
# - SHA256SUMS of these files
# - NOTES.md, the entry of the changelog for this version
#
#   packaging/release.sh                  for x86-64 and ARM64
#   packaging/release.sh ARCHITECTURE...  for x86_64 or aarch64; the first one must run on this machine
#   packaging/release.sh --check-tag TAG  only checks that TAG is "v" and the version in deno.json
#
# Environment: DENO is the Deno to use instead of the one in the checkout. DENORT_BIN_x86_64 and
# DENORT_BIN_aarch64 are base executables (denort) of its version, if it cannot download them.
set -eu
cd -- "$(dirname -- "$0")/.."
out=dist/release
version=$(sed -n 's/^  "version": "\([^"]*\)",$/\1/p' deno.json)

if [ "${1:-}" = --check-tag ]; then
  [ "${2:-}" = "v$version" ] && exit 0
  echo "release: the tag ${2:-} is not v$version, the version in deno.json" >&2
  exit 1
fi
[ $# -gt 0 ] || set -- x86_64 aarch64

rm -rf "$out"
mkdir -p "$out"
# The manual page and completions are the same for all architectures, so the first executable prints them.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
first=$out/cvmmap-streamer-$1-linux
for architecture in "$@"; do
  executable=$out/cvmmap-streamer-$architecture-linux
  eval "denort=\${DENORT_BIN_$architecture:-}"
  if [ -n "$denort" ]; then export DENORT_BIN="$denort"; else unset DENORT_BIN; fi
  "${DENO:-./scripts/deno}" task --quiet compile --target "$architecture-unknown-linux-gnu" --output "$PWD/$executable"
  DESTDIR=$tree PREFIX=/usr/local ./scripts/install.sh --executable "$first"
  install -m 755 "$executable" "$tree/usr/local/bin/cvmmap-streamer"
  # Reproducible: independent of the user and the time.
  date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  tar --create --gzip --file "$out/cvmmap-streamer-$version-$architecture-linux.tar.gz" --directory "$tree" \
    --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$date" usr
done
sed -n "/^## \\[$version\\]/,/^## /{/^## /d;p}" CHANGELOG.md >"$out/NOTES.md"
[ -s "$out/NOTES.md" ] || { echo "release: CHANGELOG.md has no entry for $version" >&2; exit 1; }
(cd "$out" && sha256sum cvmmap-streamer-* >SHA256SUMS)
ls -l "$out"
