#!/usr/bin/env bash
# Usage: cicd.sh DIR
# What GitHub, Jenkins, Terraform and Docker would say of our files before they ran any of it: the workflows by actionlint,
# shell by shellcheck, the Jenkinsfile by the Groovy that Jenkins compiles pipelines with (2.4.21), the Terraform by HCL's own
# parser and formatter, compose.yaml by the library that docker compose reads it with. The programs come from Go's module
# proxy into DIR/bin and from Debian; run again, it only looks.
set -euo pipefail
dir=$(realpath -m "${1:?usage: cicd.sh DIR}")
cd "$(dirname "$0")/.."
# shellcheck source=.ci/go.sh
. .ci/go.sh

go_program "$dir" actionlint github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
go_program "$dir" hclfmt github.com/hashicorp/hcl/v2/cmd/hclfmt@v2.25.0
go_program "$dir" compose-config github.com/compose-spec/compose-go/v2/cmd@v2.16.2
for program in shellcheck groovy; do
  # `command -v` of several is content with one of them.
  command -v $program > /dev/null && continue
  apt-get -qq update >&2
  apt-get -qq install -y --no-install-recommends $program >&2
done

failed=0
check() { # NAME COMMAND…
  local name=$1
  shift
  if "$@"; then echo "ok  $name"; else echo "!!! $name" && failed=1; fi
}

# shellcheck disable=SC2317,SC2094 # they are called by name, and nothing writes the file
formatted() { # FILE
  "$dir/bin/hclfmt" < "$1" | diff --unified "$1" -
}

# shellcheck disable=SC2317
parsed() { # FILE
  # Groovy of that age looks into classes that Java has shut since.
  JAVA_HOME=$(dirname "$(dirname "$(realpath "$(command -v java)")")") JAVA_OPTS='--add-opens java.base/java.lang=ALL-UNNAMED' groovy -e '
    def unit = new org.codehaus.groovy.control.CompilationUnit()
    unit.addSource(new File(args[0]))
    unit.compile(org.codehaus.groovy.control.Phases.CONVERSION)' "$1"
}

# shellcheck disable=SC2317
composed() { # FILE
  "$dir/bin/compose-config" "$1" > /dev/null
}

check '.github/workflows' "$dir/bin/actionlint"
# Quotes as they are printed are meant; a folder that is gone ends .ci/run at its first step.
mapfile -t scripts < <(grep -lE '^#!.*\bsh$' scripts/*)
check 'shell' shellcheck --exclude=SC1112,SC2164 "${scripts[@]}" .ci/run .ci/*.sh examples/prometheus/start.sh
check Jenkinsfile parsed Jenkinsfile
for file in terraform/*.tf terraform/*.example terraform/*/*.tf; do check "$file" formatted "$file"; done
check compose.yaml composed compose.yaml
exit $failed
