# Shared by upgrade and rollback; read with `.`, never run.
# RELEASES has one folder for each version, CURRENT is the link that the units run.
RELEASES=${RELEASES:-/opt/releases}
CURRENT=${CURRENT:-/opt/identity}
SETTINGS=${SETTINGS:-/etc/identity}
WEB_PORTS=${WEB_PORTS:-8000 8002}
WORKERS=${WORKERS:-1}
READY_SECONDS=${READY_SECONDS:-120}
# fail_timeout of nginx: so long it leaves out a server that did not answer.
PROXY_SECONDS=${PROXY_SECONDS:-10}

say() { echo "$(date +%H:%M:%S) $*"; }
fail() { echo "$*" >&2; exit 1; }

# in_release FOLDER PROGRAM …: run in a release with the service's settings, as its units do.
in_release() {
    folder=$1
    shift
    systemd-run --quiet --pipe --wait --collect --uid=identity --gid=identity \
        --property=EnvironmentFile="$SETTINGS/service.env" \
        --property=EnvironmentFile=-"$SETTINGS/migrate.env" \
        --property=WorkingDirectory="$folder" --setenv=VAR_DIR="${VAR_DIR:-/var/lib/identity}" "$@"
}

manage() {
    folder=$1
    shift
    in_release "$folder" "$folder/.venv/bin/python" manage.py "$@"
}

# A link is replaced in one step: no moment is without a release.
point_to() {
    ln -sfn "$1" "$CURRENT.next"
    mv -T "$CURRENT.next" "$CURRENT"
}

is_ready() { curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:$1/readyz"; }

# The other web server serves meanwhile; nginx sends it what this one no longer takes.
restart_web() {
    systemctl restart "identity-web@$1"
    waited=0
    until is_ready "$1"; do
        waited=$((waited + 1))
        [ "$waited" -lt "$READY_SECONDS" ] || return 1
        sleep 1
    done
}

roll() {
    for port in $WEB_PORTS; do
        say "web server at port $port"
        restart_web "$port" || return 1
        sleep "$PROXY_SECONDS"
    done
    for number in $WORKERS; do
        say "worker $number"
        systemctl restart "identity-worker@$number" || return 1
    done
}

# What a user does first: opens the program, reads who runs it, asks the bot.
smoke() {
    for port in $WEB_PORTS; do
        at="http://127.0.0.1:$port"
        is_ready "$port" || return 1
        for path in /api/v1/operator /api/v1/consent /api/v1/privacy /openapi.json /m/; do
            curl --silent --fail --max-time 10 --output /dev/null "$at$path" \
                || { say "port $port: $path fails"; return 1; }
        done
        curl --silent --fail --max-time 20 --header 'Content-Type: application/json' \
            --data '{"question": "收不到验证码"}' "$at/api/v1/faq/ask" | grep -q '"answer"' \
            || { say "port $port: the bot does not answer"; return 1; }
    done
    for number in $WORKERS; do
        systemctl is-active --quiet "identity-worker@$number" || return 1
    done
}
