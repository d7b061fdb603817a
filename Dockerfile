FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --create-home --home-dir /home/reelbase reelbase

WORKDIR /app

# A layer of its own, built again only when the requirements change.
COPY requirements.txt ./
RUN pip install -r requirements.txt

COPY piccolo_conf.py ./
COPY docker/healthcheck.py docker/
COPY apps apps
COPY piccolo_project piccolo_project

# Where the embedded PostgreSQL is when no DATABASE_URL is set.
RUN install -d -o reelbase -g reelbase /data /backups
VOLUME /data

ENV HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data

USER reelbase

EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "docker/healthcheck.py", "/health/live"]

# No shell in between, so that SIGTERM reaches the program, which then ends its requests.
STOPSIGNAL SIGTERM
CMD ["piccolo", "project", "serve"]
