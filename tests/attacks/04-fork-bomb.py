# attack: as many processes as it can
# options: --pids-limit 16 --timeout 20
# held: pids refused after 15
# user: error refused after 15
# without: .annotations["org.rsbx.limit.pids"] = "200" | .linux.resources.pids.limit = 201 | (.process.rlimits[] | select(.type == "RLIMIT_NPROC") | .soft, .hard) = 202
# through: ok 100 of them
import os, sys, time
for i in range(100):
    try:
        if os.fork() == 0: time.sleep(60)
    except OSError:
        print("refused after", i, flush=True)
        sys.exit(1)
print("100 of them", flush=True)
