"""Types command lines and TAB into an interactive shell on a pseudoterminal.

    python3 type_in_shell.py bash|zsh DIRECTORY

DIRECTORY has the shell's start-up file. It must set the prompt to "<ready>", and bind Ctrl-X p to print
the line being edited as "<line:...>". Reads the lines to type from standard input. Prints a JSON object
for each: "line", the completed line, and "shown", the lines that the shell listed.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios

TIMEOUT_S = 20
shell, directory = sys.argv[1:]
commands = {
    "bash": ["bash", "--noprofile", "--rcfile", directory + "/.bashrc", "-i"],
    "zsh": ["zsh", "-d", "-i"],
}
pid, terminal = pty.fork()
if pid == 0:
    settings = {"TERM": "dumb", "LC_ALL": "C.UTF-8", "HOME": directory, "ZDOTDIR": directory}
    os.environ.update(settings, INPUTRC=directory + "/.inputrc")
    os.execvp(commands[shell][0], commands[shell])
# Enough rows and columns for every list.
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 400, 0, 0))


def read_until(pattern):
    text = ""
    while True:
        match = re.search(pattern, text)
        if match:
            return match, text[: match.start()]
        readable, _, _ = select.select([terminal], [], [], TIMEOUT_S)
        if not readable:
            sys.exit(f"{shell} printed nothing more within {TIMEOUT_S} s, after {text!r}")
        text += os.read(terminal, 65536).decode()


# Input typed before the prompt is lost, because the shell sets up the terminal first.
read_until("<ready>")
for typed in sys.stdin.read().splitlines():
    os.write(terminal, typed.encode() + b"\t\x18p\x15")
    match, before = read_until(r"<line:([^>]*)>")
    # Drop the first line, which is the input, and later redraws of it.
    shown = [line for line in re.split(r"[\r\n]+", before)[1:] if typed not in line]
    print(json.dumps({"line": match.group(1), "shown": shown}), flush=True)
os.close(terminal)
