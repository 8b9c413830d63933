# Stands for cargo: "compiles" evcxr in several steps, and what the kernel is made of.
case "$1" in
install)
    env >"$NOTES/cargo.env"
    while [ "$1" != --root ]; do shift; done
    mkdir -p "$2/bin" "$2/target"
    echo "   Compiling one v1.0.0"
    if [ "$MEET" ]; then meet pip.env || exit 1; fi
    if [ "$FAKE_CARGO_SECONDS" ]; then
        # As cargo does, it waits for another program.
        sleep "$FAKE_CARGO_SECONDS" &
        echo $! >"$NOTES/compiler.env"
        wait
    fi
    sleep 0.05
    printf '#!/bin/sh\n' >"$2/bin/evcxr_jupyter"
    chmod +x "$2/bin/evcxr_jupyter"
    sleep 0.02
    echo "exit 0 # whole" >>"$2/bin/evcxr_jupyter"
    ;;
binstall)
    while [ "$1" != --root ]; do shift; done
    mkdir -p "$2/bin"
    printf '#!/bin/sh\nexit 0 # whole, and nobody knows whose\n' >"$2/bin/evcxr_jupyter"
    chmod +x "$2/bin/evcxr_jupyter"
    ;;
run) ;;
build | check)
    env >"$NOTES/$1.env"
    mkdir -p target
    echo "{\"executable\": \"$0\"}"
    ;;
metadata)
    echo "{\"workspace_root\": \"$PWD\", \"packages\": [{\"name\": \"mnist_tutorial\","
    echo "\"manifest_path\": \"$PWD/Cargo.toml\", \"dependencies\": [], \"targets\": []}]}"
    ;;
--version) echo "cargo 1.95.0" ;;
*) exit 1 ;;
esac
