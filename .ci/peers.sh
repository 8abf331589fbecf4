#!/usr/bin/env bash
# Usage: peers.sh DIR
# Puts the programs that the tests hold Sonde against into DIR/bin: prometheus, promtool, alertmanager, amtool and
# blackbox_exporter 0.28, from Debian's packages of the suite sid, which are unpacked and not installed. Run again, it does
# nothing.
set -euo pipefail
dir=$(realpath -m "${1:?usage: peers.sh DIR}")
packages=(prometheus promtool prometheus-alertmanager prometheus-blackbox-exporter)
# PROGRAM=ITS NAME IN THE PACKAGE
programs=(prometheus=prometheus promtool=promtool amtool=amtool alertmanager=prometheus-alertmanager
  blackbox_exporter=prometheus-blackbox-exporter)

missing() {
  local program
  for program in "${programs[@]}"; do [ -x "$dir/bin/${program%%=*}" ] || echo "${program%%=*}"; done
}

unpack() {
  local mirror program
  mirror=$(sed -nE 's/^URIs:[[:space:]]*([^ ]+\/debian)\/?$/\1/p' /etc/apt/sources.list.d/debian.sources | head -n 1)
  [ -n "$mirror" ] || { echo 'peers.sh: no Debian mirror found in /etc/apt/sources.list.d/debian.sources' >&2; exit 1; }
  mkdir -p "$dir"/{bin,deb,root} "$dir"/apt/{lists,cache/archives}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$dir/apt/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  (cd "$dir/deb" && "${apt[@]}" download "${packages[@]}")
  find "$dir/deb" -name '*.deb' -exec dpkg-deb -x {} "$dir/root" ';'
  for program in "${programs[@]}"; do
    [ ! -e "$dir/root/usr/bin/${program#*=}" ] || ln -sf "$dir/root/usr/bin/${program#*=}" "$dir/bin/${program%%=*}"
  done
}

[ -z "$(missing)" ] || unpack >&2
[ -z "$(missing)" ] || { echo "peers.sh: not in those packages: $(missing | xargs)" >&2; exit 1; }
echo "$dir/bin"
