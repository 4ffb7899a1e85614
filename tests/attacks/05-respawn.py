# attack: a process that has a successor before anybody can kill it
# options: --timeout 1
# held: wall
# left: respawn-canary
# within: --timeout 30 -- scan
# through: ok a scan that kills one after the other missed some
import os, sys, time
def respawn():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if os.fork() != 0: os._exit(0)
for i in range(3):
    if os.fork() == 0:
        open("/proc/self/comm", "w").write("respawn-canary")
        respawn()
        os._exit(0)
time.sleep(0.1)
# the control: the defence that looks at /proc and kills what it sees
if sys.argv[1:] == ["scan"]:
    for i in range(5):
        for p in os.listdir("/proc"):
            if p.isdigit() and int(p) > 2:
                try: os.kill(int(p), 9)
                except OSError: pass
    time.sleep(0.05)
    alive = [p for p in os.listdir("/proc") if p.isdigit() and int(p) > 2]
    print("a scan that kills one after the other missed some" if alive else "the scan got them all")
else:
    time.sleep(60)
