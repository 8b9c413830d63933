# Stands for rustc, whose toolchain is the machine's folder.
case "$*" in
"--print sysroot") echo "${0%/bin/*}" ;;
"--print target-libdir") echo "${0%/bin/*}/lib" ;;
*)
    echo "rustc 1.95.0"
    echo "host: a machine"
    ;;
esac
