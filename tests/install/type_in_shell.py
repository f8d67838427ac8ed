"""Types command lines and TAB into a shell at a terminal, as a person does.

    python3 type_in_shell.py bash|zsh DIRECTORY

DIRECTORY has the shell's start-up file, which must make the prompt "<ready>", and Ctrl-X p print the line
being edited as "<line:...>". Reads what to type from standard input, a line each; prints a JSON object for
each: "line", as the shell has completed it, and "shown", the lines that it listed meanwhile.
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

PATIENCE_S = 20
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
# Rows and columns enough for every list.
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 400, 0, 0))


def read_until(pattern):
    text = ""
    while True:
        match = re.search(pattern, text)
        if match:
            return match, text[: match.start()]
        readable, _, _ = select.select([terminal], [], [], PATIENCE_S)
        if not readable:
            sys.exit(f"{shell} fell silent after {text!r}")
        text += os.read(terminal, 65536).decode()


# The prompt comes after the terminal has been prepared for editing: what is typed earlier is lost.
read_until("<ready>")
for typed in sys.stdin.read().splitlines():
    os.write(terminal, typed.encode() + b"\t\x18p\x15")
    match, before = read_until(r"<line:([^>]*)>")
    # The first line is what was typed; others that are not of the list are the line drawn again.
    shown = [line for line in re.split(r"[\r\n]+", before)[1:] if typed not in line]
    print(json.dumps({"line": match.group(1), "shown": shown}), flush=True)
os.close(terminal)
