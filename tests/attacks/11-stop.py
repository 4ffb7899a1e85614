# attack: stops itself and its children, so that nothing ends
# options: --timeout 0.7
# held: wall
# without: .annotations["org.rsbx.limit.wall-ms"] = "4000"
# through: wall
import os, signal
if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
print("went on")
