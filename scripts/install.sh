#!/bin/sh
# Installs the executable, the manual page, the shell completions and the systemd units.
# Can be run repeatedly.
#
#   scripts/install.sh                      for all users, below /usr/local (or $PREFIX)
#   scripts/install.sh --prefix DIRECTORY   below another directory
#   scripts/install.sh --user               for this user, below ~/.local
#   scripts/install.sh --uninstall          removes what was installed with the same options
#
#   --executable PATH     executable to install, by default dist/cvmmap-streamer
#   --service-user USER   user of the system service, by default cvmmap
#
# $DESTDIR is prepended to every path, for packages.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

say() { echo "install: $*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

prefix=${PREFIX:-/usr/local}
destdir=${DESTDIR:-}
executable=$here/dist/cvmmap-streamer
service_user=cvmmap
scope=system
uninstall=no
while [ $# -gt 0 ]; do
  case "$1" in
    --user) scope=user; prefix=$HOME/.local ;;
    --uninstall) uninstall=yes ;;
    --prefix | --executable | --service-user)
      [ $# -ge 2 ] || fail "$1 needs a value" 2
      case "$1" in
        --prefix) prefix=$2 ;;
        --executable) executable=$2 ;;
        --service-user) service_user=$2 ;;
      esac
      shift
      ;;
    --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown argument \"$1\": expected --prefix DIRECTORY, --user, --uninstall, --executable PATH or --service-user USER" 2 ;;
  esac
  shift
done
case "$prefix" in
  /*[!-A-Za-z0-9/._+@]*) fail "the prefix \"$prefix\" has a character that units or shells do not accept" 2 ;;
  /*) prefix=${prefix%/} ;;
  *) fail "the prefix \"$prefix\" is not an absolute path" 2 ;;
esac
case "$service_user" in
  *[!-A-Za-z0-9_.]* | "") fail "\"$service_user\" is not a user name" 2 ;;
esac

binary=$prefix/bin/cvmmap-streamer
page=$prefix/share/man/man1/cvmmap-streamer.1
bash=$prefix/share/bash-completion/completions/cvmmap-streamer
zsh=$prefix/share/zsh/site-functions/_cvmmap-streamer
fish=$prefix/share/fish/vendor_completions.d/cvmmap-streamer.fish
if [ "$scope" = user ]; then units=$prefix/share/systemd/user
else units=$prefix/lib/systemd/system; fi
unit=$units/cvmmap-streamer@.service
serve_unit=$units/cvmmap-streamer.service

if [ "$uninstall" = yes ]; then
  for path in "$binary" "$page" "$bash" "$zsh" "$fish" "$unit" "$serve_unit"; do
    if [ -e "$destdir$path" ]; then rm -- "$destdir$path" && say "removed $destdir$path"; fi
  done
  say "done; stop and disable running services yourself, configuration files are kept"
  exit 0
fi

[ -x "$executable" ] || fail "the executable $executable is missing: create it with ./scripts/deno task compile"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$executable" manual >"$work/page" || fail "$executable does not run"
for shell in bash zsh fish; do "$executable" completions "$shell" >"$work/$shell"; done
for name in cvmmap-streamer@.service cvmmap-streamer.service; do
  sed -e "s,^ExecStart=/usr/local/bin/,ExecStart=$prefix/bin/," -e "s,^User=.*,User=$service_user," \
    "$here/packaging/systemd/$scope/$name" >"$work/$name"
done

# put MODE FILE PATH: installs a file atomically, so that a running program keeps the old one.
put() {
  target=$destdir$3
  if cmp -s "$2" "$target"; then say "unchanged $target"; return 0; fi
  install -d "$(dirname "$target")" || fail "cannot write to $(dirname "$target"): run this as root, or with --user"
  install -m "$1" "$2" "$target.new" || fail "cannot write $target: run this as root, or with --user"
  mv -f "$target.new" "$target"
  say "installed $target"
}
put 755 "$executable" "$binary"
put 644 "$work/page" "$page"
put 644 "$work/bash" "$bash"
put 644 "$work/zsh" "$zsh"
put 644 "$work/fish" "$fish"
put 644 "$work/cvmmap-streamer@.service" "$unit"
put 644 "$work/cvmmap-streamer.service" "$serve_unit"

[ -z "$destdir" ] || exit 0
if [ "$scope" = user ]; then
  say "for the service: run systemctl --user daemon-reload, and write ~/.config/cvmmap-streamer/NAME.conf with flags, or streams.toml for cvmmap-streamer.service"
  say "for zsh: add fpath=($(dirname "$zsh") \$fpath) to ~/.zshrc, before compinit"
  case ":$PATH:" in *":$prefix/bin:"*) ;; *) say "$prefix/bin is not in PATH" ;; esac
else
  say "for the service: run systemctl daemon-reload, and write /etc/cvmmap-streamer/NAME.conf with flags, or streams.toml for cvmmap-streamer.service"
  id "$service_user" >/dev/null 2>&1 ||
    say "the service runs as $service_user, which does not exist: use --service-user with the user of the producer"
fi
