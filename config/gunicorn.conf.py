"""Web server for production on Linux: ``gunicorn --config config/gunicorn.conf.py``, behind nginx."""

import os

wsgi_app = "shuixin.wsgi:application"
bind = os.environ.get("SHUIXIN_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("SHUIXIN_WORKERS", "2"))
threads = int(os.environ.get("SHUIXIN_THREADS", "8"))
# Each worker opens its own database connections and builds its own application.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 5
# Workers leave one by one after a while, so that a slow leak never matters.
max_requests = 20_000
max_requests_jitter = 2_000
# Heartbeat files on a disk can stall a worker; memory cannot.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - gunicorn's own advice
# Only the proxy on this machine may say where a request came from.
forwarded_allow_ips = "127.0.0.1"
accesslog = "-"
errorlog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms'
