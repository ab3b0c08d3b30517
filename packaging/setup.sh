#!/bin/sh
# Makes this checkout ready to use:  sh packaging/setup.sh run|demo|dev
#
#   run   the libraries and Python packages of the application
#   demo  the same, and what a virtual display needs
#   dev   the same, and what tests and checks need
#
# It looks for Python 3.11 or newer, installs the system packages that are missing (Debian, Ubuntu), and fills .venv
# with the packages of the lock file, each checked against its hash. pip's own configuration is respected.
# Stamps in .venv name what it was made from, so a second run does nothing.
set -eu
cd "$(dirname "$0")/.."
kind=${1:?usage: setup.sh run|demo|dev}

# What is looked for (a library, or a program), and the Debian package that has it.
libraries='
libglib-2.0.so.0:libglib2.0-0 libEGL.so.1:libegl1 libGL.so.1:libgl1 libdbus-1.so.3:libdbus-1-3
libfontconfig.so.1:libfontconfig1 libxkbcommon.so.0:libxkbcommon0 libX11.so.6:libx11-6
libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4
libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-shape.so.0:libxcb-shape0'
virtual_display='
Xvfb:xvfb openbox:openbox picom:picom trayer:trayer xdotool:xdotool xprop:x11-utils xrandr:x11-xserver-utils
wmctrl:wmctrl'
other_tests='psql:postgresql chromium:chromium tesseract:tesseract-ocr'

case $kind in
    run) wanted='' lock=run ready='run' ;;
    demo) wanted=$virtual_display lock=run ready='run demo' ;;
    dev) wanted="$virtual_display $other_tests" lock=dev ready='run demo dev' ;;
    *) echo "setup: unknown kind '$kind'; use run, demo or dev" >&2; exit 2 ;;
esac

say() { echo "setup: $*" >&2; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say 'no Python 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python3'
    exit 1
}

# The packages out of "thing:package ..." whose thing is not here.
missing() {
    known=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null) || return 0
    for pair in "$@"; do
        thing=${pair%%:*}
        case $thing in
            lib*) case $known in *"$thing "*) continue ;; esac ;;
            *) command -v "$thing" >/dev/null && continue ;;
        esac
        printf '%s ' "${pair#*:}"
    done
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >&2
}

# system_packages "needed ones" "ones that can be done without"
system_packages() {
    [ -n "$1$2" ] || return 0
    if may_install; then
        say "installing system packages: $1$2"
        as_root apt-get -q update >&2 || say 'the package lists could not be refreshed; trying with those at hand'
        available=''
        for package in $2; do
            apt-cache policy "$package" | grep -q 'Candidate: [0-9]' && available="$available $package"
        done
        # shellcheck disable=SC2086  # lists of words
        apt_install $1 $available && return
        [ -z "$1" ] || apt_install $1 && return
        exit 1
    fi
    say "these system packages are missing: $1$2"
    say "to install them (Debian, Ubuntu):  sudo apt-get install --no-install-recommends $1$2"
    [ -z "$1" ] || exit 1
}

python=$(find_python)
key=$({ cat packaging/setup.sh packaging/requirements-*.lock; "$python" -V; pwd; } | cksum)
is_ready() { [ -x .venv/bin/python ] && [ "$(cat ".venv/ready-$1" 2>/dev/null)" = "$key" ]; }
if is_ready "$kind"; then exit 0; fi

venv_package=''
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    venv_package=$("$python" -c 'import sys; print("python%d.%d-venv " % sys.version_info[:2])')
fi
# shellcheck disable=SC2086  # lists of words
system_packages "$venv_package$(missing $libraries)" "$(missing $wanted)"

if ! is_ready run; then
    say "making .venv with $("$python" -V)"
    "$python" -m venv --clear .venv
fi
say "installing the packages of packaging/requirements-$lock.lock (some hundred megabytes, once)"
.venv/bin/python -m pip --disable-pip-version-check --quiet install \
    --require-hashes --no-deps --only-binary :all: -r "packaging/requirements-$lock.lock"

# The application itself runs from app/, so an edit needs no new installation.
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD/app" >"$packages/combatlens.pth"
printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m combatlens "$@"\n' "$PWD" >.venv/bin/combatlens
chmod +x .venv/bin/combatlens

for name in $ready; do echo "$key" >".venv/ready-$name"; done
