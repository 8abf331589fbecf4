#!/usr/bin/env bash
# Usage: manifest-linters.sh DIR
# Builds kustomize, kube-score and kubeconform into DIR/bin from Go's module proxy, at versions that Go 1.26 builds. Run again, it does
# nothing.
set -euo pipefail
dir=$(realpath -m "${1:?usage: manifest-linters.sh DIR}")
command -v go > /dev/null || { echo 'manifest-linters.sh: go is not in PATH; install Go 1.26 or later' >&2; exit 1; }

install() { # PROGRAM PACKAGE@VERSION
  [ -x "$dir/bin/$1" ] || GOBIN=$dir/bin GOFLAGS=-buildvcs=false go install "$2"
}
install kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
install kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0
install kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
