# shellcheck shell=bash
# Sourced by the scripts beside it: programs from Go's module proxy, each at its version.
command -v go > /dev/null || { echo "$(basename "$0"): go is not in PATH; install Go 1.26 or later" >&2; exit 1; }
export GOFLAGS=-buildvcs=false

# What is there in that version stays. Go names a program after its package's folder, and a proxy may be away for a moment.
go_program() { # DIR PROGRAM PACKAGE@VERSION
  local made
  if go version -m "$1/bin/$2" 2> /dev/null | grep -qP "^\tmod\t\S+\t\Q${3#*@}\E\t"; then return; fi
  mkdir -p "$1/bin"
  made=$(mktemp -d "$1/go.XXXXXX")
  GOBIN=$made go install -trimpath -ldflags '-s -w' "$3" || { sleep 10; GOBIN=$made go install -trimpath -ldflags '-s -w' "$3"; }
  mv "$made"/* "$1/bin/$2"
  rmdir "$made"
}
