#!/usr/bin/env bash
# Usage: helm.sh DIR
# Builds helm, helm-unittest and helm-docs into DIR/bin from Go's module proxy where they are not there yet, and asks each of
# them about helm/sonde. test/e2e/helm.test.ts asks the rest.
set -euo pipefail
dir=$(realpath -m "${1:?usage: helm.sh DIR}")
cd "$(dirname "$0")/.."
command -v go > /dev/null || { echo 'helm.sh: go is not in PATH; install Go 1.26 or later' >&2; exit 1; }
export GOBIN=$dir/bin GOFLAGS=-buildvcs=false
flags=(-trimpath -ldflags '-s -w')

install() { # PROGRAM PACKAGE@VERSION
  [ -x "$GOBIN/$1" ] || go install "${flags[@]}" "$2"
}
install helm helm.sh/helm/v4/cmd/helm@v4.3.1
install helm-docs github.com/norwoodj/helm-docs/cmd/helm-docs@v1.14.2
# Its module cannot be installed by version: it has a `replace`.
[ -x "$GOBIN/helm-unittest" ] || (cd .ci/helm-unittest && go install -mod=readonly "${flags[@]}" tool)

chart=helm/sonde
helm=$GOBIN/helm
for values in "$chart"/ci/*-values.yaml; do
  echo "$values"
  "$helm" lint --strict --quiet --namespace hello --values "$values" "$chart"
done
"$GOBIN/helm-unittest" --strict "$chart"
"$GOBIN/helm-docs" --dry-run --log-level warning --sort-values-order file --chart-search-root "$chart" \
  | diff --unified "$chart/README.md" - \
  || { echo "helm.sh: $chart/README.md is stale: run helm-docs --sort-values-order file --chart-search-root $chart" >&2; exit 1; }
