#!/bin/sh
# Installs authshift @version@ for this user on Linux or macOS, after checking its SHA-256:
#
#   AUTHSHIFT_INSTALL_DIR  where the program goes; ~/.local/bin
#   AUTHSHIFT_DOWNLOAD     where the archives of the release are, an address or a folder; GitHub
#
# To remove it, delete the program.
set -eu

version='@version@'
download="${AUTHSHIFT_DOWNLOAD:-https://github.com/@repository@/releases/download/v$version}"

say() { printf 'authshift: %s\n' "$1"; }
fail() {
  printf 'authshift: %s\n' "$1" >&2
  exit 1
}

fetch() { # FROM TO
  case "$1" in
    https://*)
      if command -v curl > /dev/null; then
        curl --proto '=https' --tlsv1.2 --location --fail --silent --show-error --output "$2" "$1"
      elif command -v wget > /dev/null; then
        wget -q -O "$2" "$1"
      else
        fail 'curl or wget is needed'
      fi
      ;;
    *://*) case "$1" in file://*) cp "${1#file://}" "$2" ;; *) fail "$1 is not https" ;; esac ;;
    *) cp "$1" "$2" ;;
  esac
}

sum_of() {
  if command -v sha256sum > /dev/null; then
    sha256sum < "$1"
  elif command -v shasum > /dev/null; then
    shasum -a 256 < "$1"
  elif command -v openssl > /dev/null; then
    openssl dgst -sha256 -r < "$1"
  else
    fail 'sha256sum, shasum or openssl is needed to check what was downloaded'
  fi | cut -d ' ' -f 1
}

main() {
  system="$(uname -s)"
  processor="$(uname -m)"
  # A shell that Rosetta runs says x86_64.
  if [ "$system" = Darwin ] && [ "$(sysctl -n sysctl.proc_translated 2> /dev/null || true)" = 1 ]; then
    processor=arm64
  fi
  case "$system $processor" in
    'Linux x86_64') target=x86_64-unknown-linux-musl sum=@x86_64-unknown-linux-musl@ ;;
    'Linux aarch64' | 'Linux arm64') target=aarch64-unknown-linux-musl sum=@aarch64-unknown-linux-musl@ ;;
    'Darwin x86_64') target=x86_64-apple-darwin sum=@x86_64-apple-darwin@ ;;
    'Darwin arm64') target=aarch64-apple-darwin sum=@aarch64-apple-darwin@ ;;
    MINGW* | MSYS* | CYGWIN*) fail 'on Windows, use install.ps1' ;;
    *) fail "there is no program for $system on $processor; with Rust it can be built from source" ;;
  esac

  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  archive="authshift-$version-$target"
  fetch "$download/$archive.tar.gz" "$work/archive.tar.gz" || fail "$download/$archive.tar.gz cannot be had"
  found="$(sum_of "$work/archive.tar.gz")"
  [ "$found" = "$sum" ] || fail "$archive.tar.gz is not what was released: its SHA-256 is $found, not $sum"
  tar -xzf "$work/archive.tar.gz" -C "$work"

  folder="${AUTHSHIFT_INSTALL_DIR:-$HOME/.local/bin}"
  mkdir -p "$folder"
  # Under another name first: a program that is running cannot be written over, and a name is changed at once.
  cp "$work/$archive/authshift" "$folder/.authshift.new"
  chmod 755 "$folder/.authshift.new"
  mv -f "$folder/.authshift.new" "$folder/authshift"
  "$folder/authshift" --version > /dev/null || fail "$folder/authshift does not run"
  say "version $version is installed as $folder/authshift"
  case ":$PATH:" in
    *":$folder:"*) ;;
    *) say "$folder is not in PATH; this adds it for new shells: echo 'export PATH=\"$folder:\$PATH\"' >> ~/.profile" ;;
  esac
}

# All of the script has been read when this runs, also when it comes through a pipe that breaks.
main
