#!/usr/bin/env bash
# Usage: manifest-linters.sh DIR
# Builds kustomize, kube-score and kubeconform into DIR/bin from Go’s module proxy, at versions that Go 1.26 builds. Run again,
# it does nothing.
set -euo pipefail
dir=$(realpath -m "${1:?usage: manifest-linters.sh DIR}")
cd "$(dirname "$0")/.."
# shellcheck source=.ci/go.sh
. .ci/go.sh

go_program "$dir" kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
go_program "$dir" kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0
go_program "$dir" kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
