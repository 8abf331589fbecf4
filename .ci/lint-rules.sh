#!/usr/bin/env bash
# pint over the generated rules, without a Prometheus; what it may pass over stands in .ci/pint/pint.hcl with its reason.
# Builds it when it is not there: some minutes on a new machine, and Go is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
pint=$PWD/.peers/bin/pint
# shellcheck source=.ci/go.sh
. .ci/go.sh
(cd .ci/pint && go build -mod=readonly -o "$pint" github.com/cloudflare/pint/cmd/pint)
"$pint" --offline --no-color --config .ci/pint/pint.hcl lint --min-severity=info --fail-on=info \
  monitoring/generated/plain/rules.yml examples/prometheus/rules.yml examples/compose/prometheus/rules.yml
