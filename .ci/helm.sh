#!/usr/bin/env bash
# Usage: helm.sh DIR
# Builds helm, helm-unittest and helm-docs into DIR/bin from Go's module proxy where they are not there yet, and asks each of
# them about helm/sonde. test/e2e/helm.test.ts asks the rest.
set -euo pipefail
dir=$(realpath -m "${1:?usage: helm.sh DIR}")
cd "$(dirname "$0")/.."
# shellcheck source=.ci/go.sh
. .ci/go.sh

go_program "$dir" helm helm.sh/helm/v4/cmd/helm@v4.3.1
go_program "$dir" helm-docs github.com/norwoodj/helm-docs/cmd/helm-docs@v1.14.2
# Its module cannot be installed by version: it has a `replace`.
(cd .ci/helm-unittest && GOBIN=$dir/bin go install -mod=readonly -trimpath -ldflags '-s -w' tool)

chart=helm/sonde
helm=$dir/bin/helm
for values in "$chart"/ci/*-values.yaml; do
  echo "$values"
  "$helm" lint --strict --quiet --namespace hello --values "$values" "$chart"
done
"$dir/bin/helm-unittest" --strict "$chart"
"$dir/bin/helm-docs" --dry-run --log-level warning --sort-values-order file --chart-search-root "$chart" \
  | diff --unified "$chart/README.md" - \
  || { echo "helm.sh: $chart/README.md is stale: run helm-docs --sort-values-order file --chart-search-root $chart" >&2; exit 1; }
