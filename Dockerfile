# One image for the site, the workers and the ticker: the command says which.
FROM python:3.13-slim AS packages
COPY requirements/ses.txt /tmp/packages.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/packages.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 VAR_DIR=/var/lib/newsletter
RUN useradd --system --uid 10001 newsletter \
    && install -d -o newsletter -m 700 /var/lib/newsletter /var/lib/newsletter/static
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/newsletter
COPY . .
RUN python -m compileall -q .
USER newsletter
VOLUME /var/lib/newsletter
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config=python:config.gunicorn"]
