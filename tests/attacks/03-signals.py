# attack: ignores every signal that can be ignored, and catches the rest
# options: --timeout 0.7
# held: wall
# without: .annotations["org.rsbx.limit.wall-ms"] = "20000"
# through: ok still here
import os, signal, time
for s in range(1, 65):
    try: signal.signal(s, lambda *_: None)
    except (OSError, ValueError): pass
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGXCPU)
end = time.monotonic() + 2
while time.monotonic() < end: time.sleep(0.1)
print("still here")
