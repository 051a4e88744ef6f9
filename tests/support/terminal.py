"""Runs a program on a terminal of its own and writes what the terminal shows.

    terminal.py COLUMNS ANSWERS PROGRAM ARGUMENT...

ANSWERS is a JSON list of pairs: a text to wait for, and what to type then.
The exit code is the program's; a terminal whose echo stays off afterwards ends it with 99.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

columns, answers = int(sys.argv[1]), json.loads(sys.argv[2])
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(theirs, stream)
    os.execv(sys.argv[3], sys.argv[3:])

shown, status, deadline = b"", None, time.monotonic() + 60
while True:
    if select.select([ours], [], [], 0.1)[0]:
        shown += os.read(ours, 65536)
        if answers and answers[0][0].encode() in shown:
            # Only what comes after an answer is searched for the next question.
            sys.stdout.buffer.write(shown)
            shown = b""
            os.write(ours, answers.pop(0)[1].encode())
    elif status is not None:
        break
    elif time.monotonic() > deadline:
        os.kill(child, 9)
        sys.exit("terminal.py: the program did not end")
    if status is None:
        done, result = os.waitpid(child, os.WNOHANG)
        status = os.waitstatus_to_exitcode(result) if done else None

sys.stdout.buffer.write(shown)
echoes = termios.tcgetattr(ours)[3] & termios.ECHO
sys.exit(status if echoes else 99)
