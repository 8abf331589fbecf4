#!/bin/sh
# Prometheus and Alertmanager, those of your PATH, watch the demo: `npm start` in another terminal, then this.
# Nothing listens beyond this machine; Ctrl-C ends both and takes their data away.
set -eu
cd "$(dirname "$0")"
for program in prometheus alertmanager; do
  command -v "$program" >/dev/null || { echo "$program is not on your PATH" >&2; exit 1; }
done
data=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$data"' EXIT
trap 'exit 130' INT TERM
prometheus --config.file=prometheus.yml --storage.tsdb.path="$data/prometheus" \
  --web.listen-address=127.0.0.1:9090 --log.level=warn &
pids="$pids $!"
alertmanager --config.file=alertmanager.yml --storage.path="$data/alertmanager" \
  --web.listen-address=127.0.0.1:9093 --cluster.listen-address= --log.level=warn &
pids="$pids $!"
echo 'alerts         http://localhost:9090/alerts'
echo 'Alertmanager   http://localhost:9093/   (Ctrl-C ends both)'
wait
