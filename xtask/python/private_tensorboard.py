"""TensorBoard of which the other users of this machine learn nothing: part of its address is as good as a password."""
import atexit
import secrets
import shutil
import sys
import tempfile

from tensorboard.main import run_main

# It leaves a note of its address where temporary files lie, in a folder that another user may have made. Removed
# last, after it has looked for that note again.
tempfile.tempdir = tempfile.mkdtemp(prefix="mnist-tutorial-")
atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)
# This does not show among the command lines of processes, as an argument would.
sys.argv[1:1] = [f"--path_prefix=/{secrets.token_hex(16)}"]
run_main()
