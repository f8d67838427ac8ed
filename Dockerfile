# cvmmap-streamer on Debian, with software encoders; docs/install.md says how to run it.
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
# Installs Deno from npm, and the C compiler for the native shim from Debian.
RUN ./scripts/bootstrap.sh && ./scripts/deno task compile

FROM debian:12-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    ca-certificates \
    gstreamer1.0-plugins-bad \
    gstreamer1.0-plugins-base \
    gstreamer1.0-plugins-good \
    gstreamer1.0-plugins-ugly \
    libzmq5 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/dist/cvmmap-streamer /usr/local/bin/
# Checks that the image can stream. The plugin registry of GStreamer is not kept: it is created without a GPU,
# and would lack NVENC when the image runs with one.
RUN for codec in h264 h265; do \
    GST_REGISTRY=/tmp/registry cvmmap-streamer --codec "$codec" --encoder software \
      --input-mode dummy --dummy-frames 30 --rtp --rtp-endpoint 127.0.0.1:9 || exit 1; \
  done \
  && rm /tmp/registry
USER nobody
ENTRYPOINT ["cvmmap-streamer"]
