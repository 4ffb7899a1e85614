# attack: burns CPU in many processes, each below the limit of a process
# options: --cpu-limit 1 --timeout 60
# held: cpu
# without: del(.annotations["org.rsbx.limit.cpu-ms"])
# through: ok 2 s in 4 processes
import os, time
for i in range(4):
    if os.fork() == 0:
        while time.process_time() < 0.5: pass
        os._exit(0)
for i in range(4): os.wait()
print("2 s in 4 processes")
