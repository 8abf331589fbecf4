#!/usr/bin/env bash
# dashboard-linter --strict over the generated dashboards; what it may pass over stands in dashboards/.lint with its reason.
# Builds it when it is not there: some minutes on a new machine, and Go is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
linter=$PWD/.peers/bin/dashboard-linter
# shellcheck source=.ci/go.sh
. .ci/go.sh
(cd .ci/dashboard-linter && go build -mod=readonly -o "$linter" github.com/grafana/dashboard-linter)

failed=0
for file in dashboards/generated/*.json; do
  echo "$file"
  "$linter" lint --strict -c dashboards/.lint "$file" | sed '/^Checks that\|^$/d' || failed=1
done
exit $failed
