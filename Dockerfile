# Partywall with everything the GitHub App needs; `serve`, `work` and `up` run from it. See docs/deployment.md.
ARG BASE=docker.io/library/debian:trixie-slim

FROM ${BASE} AS build
# The distribution's Python runs in the final stage, too: the environment made here moves there as it is.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY requirements/build.txt requirements/bot.txt requirements/
RUN python3 -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --require-hashes --requirement requirements/build.txt \
    && python3 -m venv --without-pip /opt/partywall \
    && /tools/bin/pip --python /opt/partywall/bin/python install --no-cache-dir \
        --require-hashes --only-binary :all: --requirement requirements/bot.txt
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY worker worker
COPY bot bot
RUN /tools/bin/hatchling build --target wheel --directory /dist \
    && /tools/bin/pip --python /opt/partywall/bin/python install --no-cache-dir --no-deps /dist/*.whl

FROM ${BASE}
# Versions are the distribution's: a rebuild takes its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin partywall \
    && install --directory --owner partywall --group partywall --mode 0700 /data
COPY --from=build /opt/partywall /opt/partywall
ENV PATH=/opt/partywall/bin:$PATH \
    PARTYWALL_DATA=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["partywall"]
CMD ["up", "--host", "0.0.0.0"]
