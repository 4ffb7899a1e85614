# attack: gives itself more: limits, priority, real time
# options: --timeout 20
# held: ok 0 of 4
# host: root
# through: [1-4] of 4
import os, resource
n = 0
def attempt(f):
    global n
    try: f(); n += 1
    except (OSError, ValueError): pass
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
attempt(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard + 1)))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, -20))
attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
attempt(lambda: os.setresuid(0, 0, 0))
print(n, "of 4")
