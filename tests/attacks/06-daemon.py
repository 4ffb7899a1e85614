# attack: leaves a daemon behind that holds stdout, and ends well
# options: --timeout 60
# held: ok parent done
# left: daemon-canary
# seconds: 20
# within: --timeout 60 -- look
# through: ok it outlives its parent
import os, sys, time
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.setsid()
    if os.fork(): os._exit(0)
    open("/proc/self/comm", "w").write("daemon-canary")
    os.write(w, b"x")
    time.sleep(50)
os.waitpid(pid, 0)
os.read(r, 1)
if sys.argv[1:] == ["look"]: # the control: a daemon it is
    names = [open(f"/proc/{p}/comm").read().strip() for p in os.listdir("/proc") if p.isdigit()]
    print("it outlives its parent" if "daemon-canary" in names else "gone")
else:
    print("parent done")
