"""terminal.py STEPS COMMAND...: runs a command on a terminal of its own, and says what it showed.

STEPS is a JSON list of ["expect", TEXT], ["send", KEYS], ["press", KEYS, TEXT] (again and again until TEXT comes), ["touch", FILE] and ["interrupt"] (Ctrl-C), done in order. Ends with 1 when a text does not
come, 2 when the command does not end, 3 when it leaves the terminal other than it was, else with the command's own status.
"""
import json, os, pty, select, signal, sys, termios, time

LIMIT = 30
steps, command = json.loads(sys.argv[1]), sys.argv[2:]
master, slave = pty.openpty()
termios.tcsetwinsize(slave, (40, 160))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    os.login_tty(slave)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)

shown = b""


def read(seconds):
    global shown
    if select.select([master], [], [], seconds)[0]:
        shown += os.read(master, 65536)


def end(status, text=""):
    sys.stdout.write(shown.decode(errors="replace") + text)
    sys.exit(status)


def wait_for(condition, status, text, keys=b""):
    start = pressed = time.monotonic()
    os.write(master, keys)
    while not condition():
        now = time.monotonic()
        if now > start + LIMIT:
            os.kill(child, signal.SIGKILL)
            end(status, "\n" + text)
        if now > pressed + 3:
            pressed = now
            os.write(master, keys)
        read(0.05)


at = 0
for kind, *argument in steps:
    if kind in ("expect", "press"):
        wanted, keys = argument[-1].encode(), argument[0].encode() if kind == "press" else b""
        wait_for(lambda: wanted in shown[at:], 1, f"never came: {argument[-1]}", keys)
        at += shown[at:].index(wanted) + len(wanted)
    elif kind == "send":
        os.write(master, argument[0].encode())
    elif kind == "touch":
        open(argument[0], "w").close()
    else:
        os.write(master, b"\x03")

ended = []
wait_for(lambda: ended or ended.extend(filter(lambda pair: pair[0], [os.waitpid(child, os.WNOHANG)])) or ended, 2, "does not end")
read(0.2)
if termios.tcgetattr(slave) != before:
    end(3, "\nthe terminal is not as it was")
end(os.waitstatus_to_exitcode(ended[0][1]) & 0xFF)
