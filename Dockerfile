# syntax=docker/dockerfile:1

# The packages change less often than the code, so they are a layer of their own.
FROM oven/bun:1.4.5-slim AS packages
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
RUN bun install --frozen-lockfile --production --no-progress

# What builds the console is not needed to serve it.
FROM oven/bun:1.4.5-slim AS console
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
RUN bun install --frozen-lockfile --no-progress
COPY schema/operations schema/operations
COPY src/console src/console
RUN bun src/console/build.ts

FROM oven/bun:1.4.5-slim
# Frames of videos are taken by ffmpeg; without it videos have no pictures.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o bun -g bun -m 0700 /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json bun.lock LICENSE ./
COPY drizzle drizzle
COPY templates templates
COPY --from=console /app/dist dist
COPY src src
ENV HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
VOLUME /data
EXPOSE 4000
USER bun
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["bun", "-e", "process.exit((await fetch('http://127.0.0.1:' + process.env.PORT + '/healthz')).ok ? 0 : 1)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["bun", "src/cli/main.ts"]
CMD ["serve"]
