# One image for the prober and the hello service:
#
#   docker run -p 9115:9115 -v "$PWD:/etc/sonde:ro" sonde      the prober, with your sonde.yml
#   docker run sonde probe https://example.com/                any other command of `sonde`
#   docker run -p 5000:5000 sonde service                      the hello service
#
# It needs neither root nor a shell nor a file that it may write. RUNTIME_IMAGE may be any image with `node` 24.12 or
# newer (26 for ICMP) in its PATH or in /nodejs/bin, such as a distroless one.
ARG NODE_IMAGE=node:26-trixie-slim
ARG RUNTIME_IMAGE=${NODE_IMAGE}

# What is made here is the same on every platform, so it is made on the builder's.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Of no operating system, since it is Node's binaries alone that have one: the runtime image has its own. Types and source
# maps are for editors.
RUN npm ci --omit=dev --os=none \
  && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete
COPY . .
# Node.js would strip the types anew at each start.
RUN node --disable-warning=ExperimentalWarning scripts/without-types.js . && rm -r scripts
RUN mkdir /etc/sonde && printf 'modules:\n  http_2xx:\n    prober: http\n' > /etc/sonde/sonde.yml

FROM ${RUNTIME_IMAGE}
COPY --from=build /etc/sonde /etc/sonde
COPY --from=build /app /app
WORKDIR /app
USER 65532:65532
EXPOSE 9115 5000
ENTRYPOINT ["node", "--max-semi-space-size=2", "/app/cli/sonde.js"]
CMD ["serve", "--config.file=/etc/sonde/sonde.yml"]

# What changes with every build stands last. The hello service tells version and commit at /healthcheck.
ARG VERSION=""
ARG REVISION=""
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin \
    APP_VERSION="${VERSION}" \
    APP_COMMIT_SHA="${REVISION}"
LABEL org.opencontainers.image.title="Sonde" \
      org.opencontainers.image.description="Blackbox probing for Prometheus that says which layer broke and whose milliseconds they were" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
