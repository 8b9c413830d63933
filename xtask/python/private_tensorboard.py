"""TensorBoard of which the other users of this machine learn nothing: part of its address is as good as a password."""
import secrets
import sys
import tempfile

from tensorboard.main import run_main

# This does not show among the command lines of processes, as an argument would.
sys.argv[1:1] = [f"--path_prefix=/{secrets.token_hex(16)}"]
# It leaves a note of its address where temporary files lie, in a folder that another user may have made.
with tempfile.TemporaryDirectory(prefix="mnist-tutorial-") as folder:
    tempfile.tempdir = folder
    run_main()
