# Stands for Python, and for pip inside an environment.
case "$*" in
*sys.version_info*)
    echo "$0"
    echo "${FAKE_VERSION:-3.12.1}"
    echo "${FAKE_ENSUREPIP:-True}"
    ;;
"-m venv "*)
    version=${FAKE_VERSION:-3.12.1}
    mkdir -p "$3/bin" "$3/lib/python${version%.*}/site-packages"
    sleep 0.02
    cp "$0" "$3/bin/python"
    ;;
*"pip "*" install "*)
    env >"$NOTES/pip.env"
    echo "Collecting one"
    if [ "$MEET" ]; then meet cargo.env || exit 1; fi
    if [ "$FAKE_PIP_ERROR" ]; then
        meet compiler.env
        echo "ERROR: $FAKE_PIP_ERROR"
        exit 1
    fi
    sleep "${FAKE_PIP_SECONDS:-0.05}"
    ;;
*"pip "*" download "*)
    while [ "$1" != --dest ]; do shift; done
    [ -z "$FAKE_PACKAGE" ] || exec cp "$FAKE_PACKAGE" "$2"
    echo "ERROR: no such index"
    exit 1
    ;;
*"import jupyterlab"*) ;;
*run.py*) ;;
*)
    echo "this Python only stands for one" >&2
    exit 1
    ;;
esac
